namespace Cs336.Training;

/// <summary>What <see cref="CheckpointReader"/> found in a store.</summary>
/// <param name="Step">The newest checkpoint that is whole; null where there is none.</param>
/// <param name="Warnings">One sentence for each newer checkpoint that was passed over because it is damaged.</param>
public sealed record CheckpointFinding(long? Step, IReadOnlyList<string> Warnings)
{
    /// <summary>The step, for whoever cannot go on without a checkpoint.</summary>
    /// <exception cref="InvalidDataException">There is no checkpoint, or none that is whole; the message says which.</exception>
    internal long RequireStep() => Step ?? throw new InvalidDataException(
        Warnings.Count == 0 ? "There is no checkpoint yet: train first, or name another folder."
            : $"No checkpoint is whole. {string.Join(" ", Warnings)}");
}
