namespace Cs336.Training;

/// <summary>What a <see cref="DivergenceJudge"/> remembers.</summary>
/// <param name="Average">The weighted sum of losses that the average comes from.</param>
/// <param name="Weight">The sum of its weights, near 1 after many steps.</param>
/// <param name="Seen">Steps averaged over.</param>
/// <param name="LastBadStep">Number of steps done before the one that diverged last.</param>
/// <param name="Recoveries">How many steps in a row have diverged without getting past that one.</param>
/// <param name="Lowest">
/// The lowest average so far; null before the first step, and where a checkpoint was written before it was kept.
/// </param>
internal readonly record struct JudgeState(double Average, double Weight, long Seen, long LastBadStep, int Recoveries,
    double? Lowest = null);
