namespace Cs336.Inference;

/// <summary>One step of <see cref="TokenGenerator"/>.</summary>
/// <param name="Id">The token drawn.</param>
/// <param name="FinishReason">Why this is the last one, or null while more follow.</param>
public readonly record struct GeneratedToken(int Id, FinishReason? FinishReason);
