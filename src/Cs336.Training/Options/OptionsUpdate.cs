namespace Cs336.Training;

/// <summary>What <see cref="Trainer.Update"/> came to.</summary>
/// <param name="Taken">JSON names of the options that hold from the next step on.</param>
/// <param name="NeedNewStart">JSON names of those that changed but hold only for a trainer that is made with them.</param>
public sealed record OptionsUpdate(IReadOnlyList<string> Taken, IReadOnlyList<string> NeedNewStart);
