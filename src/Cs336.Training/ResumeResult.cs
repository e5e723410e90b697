namespace Cs336.Training;

/// <summary>What <see cref="Trainer.Resume"/> found.</summary>
/// <param name="Step">The step to go on from; 0 where there was no checkpoint.</param>
/// <param name="Warnings">One sentence for each checkpoint that was passed over because it is damaged.</param>
public sealed record ResumeResult(long Step, IReadOnlyList<string> Warnings);
