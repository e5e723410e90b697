namespace Cs336.Training;

/// <summary>Tells that tokens are one side of a file that was split: to learn from, or to validate on.</summary>
/// <param name="ValidationFraction">How much of the file is kept apart.</param>
/// <param name="FileLength">How many tokens it has.</param>
/// <param name="IsValidation">Whether it is the side to validate on.</param>
internal sealed record TokenSplit(double ValidationFraction, long FileLength, bool IsValidation);
