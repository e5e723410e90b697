namespace Cs336.Training;

/// <summary>Stops a run where its loss runs away.</summary>
/// <param name="path">Where the run's metrics are kept, as lines of JSON.</param>
/// <param name="maxLossRise">How many nats the averaged loss may rise above its lowest.</param>
internal sealed class DivergenceWatch(string path, double maxLossRise) : IMetricSink
{
    private readonly DivergenceJudge _judge = new() { MaxLossRise = maxLossRise };

    /// <inheritdoc/>
    public void Begin(long step)
    {
        _judge.State = default;
        if (!File.Exists(path)) return;
        foreach (TrainingMetrics metrics in JsonLinesMetricSink.Read(path).Where(metrics => metrics.Step <= step))
            Write(metrics); // so that a resumed run is judged as if it had never stopped
    }

    /// <inheritdoc/>
    public void Write(TrainingMetrics metrics)
    {
        if (_judge.Judge(metrics.Loss, metrics.GradientNorm) is string problem)
            throw new TrainingDivergedException($"At step {metrics.Step} {problem}.");
        _judge.Accept(metrics.Loss, metrics.Step);
    }
}
