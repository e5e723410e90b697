namespace Cs336.Training;

/// <summary>Stops a run where its loss runs away.</summary>
/// <param name="path">Where the run's metrics are kept, as lines of JSON.</param>
/// <param name="maxLossRise">How many nats the averaged loss may rise above its lowest.</param>
internal sealed class DivergenceWatch(string path, double maxLossRise) : IMetricSink
{
    private const int Window = 20;
    private const double Keep = 1 - 1.0 / Window; // an average over about the last steps of a window
    private double _average;
    private double _weight;
    private double _lowest;
    private int _seen;

    /// <inheritdoc/>
    public void Begin(long step)
    {
        (_average, _weight, _lowest, _seen) = (0, 0, double.PositiveInfinity, 0);
        if (!File.Exists(path)) return;
        foreach (TrainingMetrics metrics in JsonLinesMetricSink.Read(path).Where(metrics => metrics.Step <= step))
            Write(metrics); // so that a resumed run is judged as if it had never stopped
    }

    /// <inheritdoc/>
    public void Write(TrainingMetrics metrics)
    {
        if (!double.IsFinite(metrics.Loss))
            throw new TrainingDivergedException($"At step {metrics.Step} the loss is {metrics.Loss}.");
        _average = Keep * _average + (1 - Keep) * metrics.Loss;
        _weight = Keep * _weight + (1 - Keep);
        double loss = _average / _weight; // the first steps count in full, as in Adam's bias correction
        _lowest = Math.Min(_lowest, loss);
        if (++_seen >= Window && loss > _lowest + maxLossRise) // a large rate without warm-up may jump at the start and recover
            throw new TrainingDivergedException($"At step {metrics.Step} the loss, averaged over about {Window} steps, is {loss:0.###}: more than {maxLossRise} nats above its lowest, {_lowest:0.###}.");
    }
}
