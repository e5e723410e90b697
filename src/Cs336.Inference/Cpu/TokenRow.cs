namespace Cs336.Inference;

/// <summary>One token of a pass through the model.</summary>
/// <param name="Cache">Keys and values of the sequence that it belongs to.</param>
/// <param name="Token">The token's id.</param>
/// <param name="Position">Its position in the sequence, from 0.</param>
/// <param name="Output">Row of the logits that it computes, or -1 where its logits are not wanted.</param>
internal readonly record struct TokenRow(CpuKvCache Cache, int Token, int Position, int Output);
