namespace Cs336.Training;

/// <summary>What <see cref="CheckpointReader"/> found in a store.</summary>
/// <param name="Step">The newest checkpoint that is whole; null where there is none.</param>
/// <param name="Warnings">One sentence for each newer checkpoint that was passed over because it is damaged.</param>
public sealed record CheckpointFinding(long? Step, IReadOnlyList<string> Warnings);
