namespace Cs336.Training;

/// <summary>A step that diverged, and what was done about it.</summary>
/// <param name="Step">Number of steps done before it.</param>
/// <param name="Reason">What was found, as a sentence.</param>
/// <param name="Action">What was done.</param>
/// <param name="GoesOnFrom">
/// Number of steps done after that: one more where it was skipped, that of the checkpoint where it was rolled back.
/// </param>
public sealed record DivergenceEvent(long Step, string Reason, DivergenceAction Action, long GoesOnFrom);
