namespace Cs336.Training;

/// <summary>One of several texts to learn from.</summary>
/// <param name="Tokens">The text; its owner disposes it after the training.</param>
/// <param name="Weight">
/// How often windows come from it, relative to the weights of the others; above 0. Null: in proportion to its number of tokens,
/// which all texts of a mixture then do.
/// </param>
public readonly record struct WeightedTokens(TokenDataset Tokens, double? Weight = null);
