namespace Cs336.Inference;

/// <summary>
/// What the model thought of a token that was drawn, and of those that could have been. The probabilities are the model's
/// own: the softmax of its logits, before processors, temperature and filters.
/// </summary>
/// <param name="Drawn">The token that was drawn.</param>
/// <param name="Alternatives">The likeliest tokens, likeliest first, as many as <see cref="GenerationOptions.LogProbabilities"/> asks
/// for; the drawn one may be among them.</param>
public sealed record TokenLogProbabilities(TokenProbability Drawn, IReadOnlyList<TokenProbability> Alternatives);
