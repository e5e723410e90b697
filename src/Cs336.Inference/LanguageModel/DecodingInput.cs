namespace Cs336.Inference;

/// <summary>What one sequence is advanced by in a call of <see cref="ILanguageModel.Forward"/>.</summary>
/// <param name="Cache">The sequence so far.</param>
/// <param name="Tokens">The token ids to append, at least one.</param>
public readonly record struct DecodingInput(IKvCache Cache, ReadOnlyMemory<int> Tokens);
