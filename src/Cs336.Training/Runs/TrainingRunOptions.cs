namespace Cs336.Training;

/// <summary>What a <see cref="TrainingRun"/> is given besides its configuration.</summary>
public sealed record TrainingRunOptions
{
    /// <summary>Sinks besides those of the run's folder; the run disposes them. Default none.</summary>
    public IReadOnlyList<IMetricSink> Sinks { get; init; } = [];

    /// <summary>Callbacks besides the run's samples. Default none.</summary>
    public IReadOnlyList<ITrainingCallback> Callbacks { get; init; } = [];

    /// <summary>
    /// The processes that train together, each of which makes the run with a group of its own; default null: this one alone. Rank 0's
    /// folder, configuration and checkpoints are the run's; what the others are given of these is ignored. They read only the data.
    /// </summary>
    public IRankGroup? Ranks { get; init; }
}
