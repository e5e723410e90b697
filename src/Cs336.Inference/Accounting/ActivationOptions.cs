namespace Cs336.Inference;

/// <summary>Which ways of saving memory an account of activations counts with. Without any it counts as the course does.</summary>
public sealed record ActivationOptions
{
    /// <summary>
    /// Whether attention is one fused operation, which recomputes the (T, T) scores in the backward pass and holds one number
    /// per query and head instead (Dao et al., 2022). Default false: scores and their softmax are held.
    /// </summary>
    public bool FusedAttention { get; init; }

    /// <summary>
    /// Positions of each sequence whose logits are alive at a time, where the loss goes through the sequence in chunks.
    /// Default null: all. At least 1; more than the sequence has is the same as all.
    /// </summary>
    public int? LossChunkLength { get; init; }
}
