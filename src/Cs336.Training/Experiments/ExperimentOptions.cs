namespace Cs336.Training;

/// <summary>How an <see cref="Experiment"/> is run.</summary>
public sealed record ExperimentOptions
{
    /// <summary>
    /// Settings that all runs share; where a run has the same one, its own value holds. They are not part of a run's name. Default none.
    /// </summary>
    public ExperimentSettings Common { get; init; } = ExperimentSettings.None;

    /// <summary>
    /// A run counts as diverged when its loss, averaged over about 20 steps, is this many nats above the lowest such average so far
    /// (judged from step 20 on), or is not finite. Default 2; above 0, positive infinity to stop only where it is not finite.
    /// </summary>
    public double MaxLossRise { get; init; } = 2;

    /// <summary>
    /// How many runs are computed at a time, each on a thread of its own; more than one pays for small models, which leave cores idle.
    /// Default 1, on the calling thread; at least 1.
    /// </summary>
    public int Jobs { get; init; } = 1;
}
