namespace Cs336.Training;

/// <summary>What <see cref="Trainer.Resume"/> found.</summary>
/// <param name="Step">The step to go on from; 0 where there was no checkpoint.</param>
/// <param name="Warnings">
/// One sentence or two for each checkpoint that was passed over because it is damaged, for each thing that is not as it was when
/// the run was saved, and for steps that begin anew as no checkpoint is left.
/// </param>
public sealed record ResumeResult(long Step, IReadOnlyList<string> Warnings);
