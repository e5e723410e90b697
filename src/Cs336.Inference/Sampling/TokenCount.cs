namespace Cs336.Inference;

/// <summary>How often a token occurs in a <see cref="TokenHistory"/>.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="InPrompt">How often the prompt holds it.</param>
/// <param name="Generated">How often it was generated.</param>
public readonly record struct TokenCount(int Id, int InPrompt, int Generated);
