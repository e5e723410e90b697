namespace Cs336.Tokenizers;

/// <summary>One rule of byte-pair encoding: two neighbouring tokens become one.</summary>
/// <param name="Left">The id of the first token.</param>
/// <param name="Right">The id of the second token.</param>
/// <param name="Result">The id of the token whose bytes are those of both.</param>
public readonly record struct BpeMerge(int Left, int Right, int Result);
