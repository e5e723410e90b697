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
        file.Write(metrics);
        watch.Write(metrics);
    }
}
