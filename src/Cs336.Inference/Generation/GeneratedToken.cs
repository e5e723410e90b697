namespace Cs336.Inference;

/// <summary>A token that was drawn.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="FinishReason">Why this is the last one, or null while more follow.</param>
/// <param name="LogProbabilities">How likely it was; null where <see cref="GenerationOptions.LogProbabilities"/> does not ask for
/// it.</param>
public readonly record struct GeneratedToken(int Id, FinishReason? FinishReason, TokenLogProbabilities? LogProbabilities = null);
