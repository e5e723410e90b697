using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// Causal scaled dot-product attention (Vaswani et al., 2017): softmax(Q Kᵀ / √d + mask) V. The T queries are the last T of
/// the S positions that there are keys for, and each sees the positions up to its own.
/// </summary>
public static class ScaledDotProductAttention
{
    /// <summary>Attends.</summary>
    /// <param name="queries">(B, heads, T, d).</param>
    /// <param name="keys">(B, heads, S, d), S at least T.</param>
    /// <param name="values">(B, heads, S, d).</param>
    /// <param name="path">Which code does it.</param>
    /// <returns>(B, heads, T, d).</returns>
    public static Tensor Attend(Tensor queries, Tensor keys, Tensor values, ComputePath path) => path switch
    {
        ComputePath.Fast => AttendFused(queries, keys, values),
        ComputePath.Explicit => AttendExplicit(queries, keys, values),
        _ => throw new ArgumentOutOfRangeException(nameof(path), path, "There is no such path."),
    };

    /// <summary>exp(z - max z) / Σ exp(z - max z) over the last dimension; the maximum keeps the exponentials finite.</summary>
    /// <param name="logits">(..., n).</param>
    /// <returns>(..., n), each row a probability distribution.</returns>
    public static Tensor Softmax(Tensor logits)
    {
        Tensor exponentials = (logits - logits.amax([-1], keepdim: true).detach()).exp();
        return exponentials / exponentials.sum(-1, keepdim: true);
    }

    private static Tensor AttendExplicit(Tensor queries, Tensor keys, Tensor values)
    {
        long queryCount = queries.size(2), keyCount = keys.size(2);
        using Scalar scale = Math.Sqrt(queries.size(3)), minusInfinity = double.NegativeInfinity;
        Tensor scores = matmul(queries, keys.transpose(-2, -1)).to_type(float32).div(scale); // (B, heads, T, S)
        if (queryCount > 1) scores = scores.masked_fill(FutureMask(queryCount, keyCount, queries.device), minusInfinity);
        return matmul(Softmax(scores).to_type(values.dtype), values);
    }

    private static Tensor AttendFused(Tensor queries, Tensor keys, Tensor values)
    {
        long queryCount = queries.size(2), keyCount = keys.size(2);
        if (queryCount == keyCount && CausalAttention.CanAttend(queries)) return CausalAttention.Attend(queries, keys, values);
        if (queryCount == keyCount) return nn.functional.scaled_dot_product_attention(queries, keys, values, is_casual: true);
        Tensor? visible = queryCount == 1 ? null : FutureMask(queryCount, keyCount, queries.device).logical_not();
        return nn.functional.scaled_dot_product_attention(queries, keys, values, attn_mask: visible);
    }

    /// <summary>(T, S), true where key j lies after query i, that is where j > i + (S - T).</summary>
    private static Tensor FutureMask(long queryCount, long keyCount, Device device) =>
        ones([queryCount, keyCount], dtype: @bool, device: device).triu(keyCount - queryCount + 1);
}
