namespace Cs336.Training;

/// <summary>That tokens are one of the two parts of a file, one to learn from and one to validate on.</summary>
/// <param name="ValidationFraction">How much of the file is kept apart.</param>
/// <param name="FileLength">How many tokens it has.</param>
/// <param name="IsValidation">Which part it is.</param>
internal sealed record TokenSplit(double ValidationFraction, long FileLength, bool IsValidation);
