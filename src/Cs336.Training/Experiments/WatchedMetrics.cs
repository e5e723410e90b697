namespace Cs336.Training;

/// <summary>Keeps a run's metrics, and then judges them.</summary>
internal sealed class WatchedMetrics(IMetricSink file, DivergenceWatch watch) : IMetricSink
{
    /// <inheritdoc/>
    public void Begin(long step)
    {
        file.Begin(step);
        watch.Begin(step);
    }

    /// <inheritdoc/>
    public void Write(TrainingMetrics metrics)
    {
        try
        {
            file.Write(metrics);
        }
        finally
        {
            watch.Write(metrics); // a run whose loss runs away is stopped whether its metrics can be kept or not
        }
    }
}
