namespace Cs336.Training;

/// <summary>What a <see cref="TrainingRun"/> is given besides its configuration.</summary>
public sealed record TrainingRunOptions
{
    /// <summary>Sinks besides those of the run's folder; the run disposes them. Default none.</summary>
    public IReadOnlyList<IMetricSink> Sinks { get; init; } = [];

    /// <summary>Callbacks besides the run's samples. Default none.</summary>
    public IReadOnlyList<ITrainingCallback> Callbacks { get; init; } = [];
}
