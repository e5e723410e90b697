namespace Cs336.Inference;

/// <summary>A token on its way through the model.</summary>
/// <param name="Cache">Its sequence.</param>
/// <param name="Token">Its id.</param>
/// <param name="Position">Its place in the sequence.</param>
/// <param name="Output">Which row of the logits it gives, or -1 for none.</param>
internal readonly record struct TokenRow(CpuKvCache Cache, int Token, int Position, int Output);
