namespace Cs336.Transformer;

/// <summary>New tokens of one sequence among those of others.</summary>
/// <param name="Cache">The sequence's earlier keys and values in one layer.</param>
/// <param name="Start">Where its new tokens begin among all new tokens.</param>
/// <param name="Count">How many they are.</param>
internal readonly record struct LayerSegment(LayerCache Cache, int Start, int Count);
