namespace Cs336.Inference;

/// <summary>A token and how likely the model held it to be.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="LogProbability">Natural logarithm of the probability.</param>
public readonly record struct TokenProbability(int Id, double LogProbability);
