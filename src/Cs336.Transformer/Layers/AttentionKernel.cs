namespace Cs336.Transformer;

/// <summary>Which code computes scaled dot-product attention; the results are equal up to rounding.</summary>
public enum AttentionKernel
{
    /// <summary>libtorch's fused kernel, which never holds the (T, S) scores of all heads at once. The faster one.</summary>
    Fused,

    /// <summary>The equation written out in tensor operations. The one to read.</summary>
    Explicit,
}
