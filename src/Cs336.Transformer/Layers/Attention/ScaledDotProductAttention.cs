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
    /// <param name="queries">(..., T, d), any leading dimensions, such as (B, heads).</param>
    /// <param name="keys">(..., S, d), S at least T, with the same leading dimensions.</param>
    /// <param name="values">(..., S, d).</param>
    /// <param name="path">Which code does it.</param>
    /// <returns>(..., T, d).</returns>
    /// <exception cref="ArgumentException">The shapes, types or devices do not fit each other.</exception>
    public static Tensor Attend(Tensor queries, Tensor keys, Tensor values, ComputePath path)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(values);
        CheckShapes(queries, keys, values);
        CheckTypes(queries, keys, values);
        if (queries.numel() == 0) return queries.clone();
        if (queries.dim() != 4) return Attend(AsHeads(queries), AsHeads(keys), AsHeads(values), path).reshape(queries.shape);
        return path switch
        {
            ComputePath.Fast => AttendFused(queries, keys, values),
            ComputePath.Explicit => AttendExplicit(queries, keys, values),
            _ => throw new ArgumentOutOfRangeException(nameof(path), path, "There is no such path."),
        };

        static Tensor AsHeads(Tensor x) => x.reshape(1, Shapes.Leading(x, 2), x.size(-2), x.size(-1));
    }

    /// <summary>exp(z - max z) / Σ exp(z - max z) over the last dimension; the maximum keeps the exponentials finite.</summary>
    /// <param name="logits">(..., n).</param>
    /// <returns>(..., n), each row a probability distribution.</returns>
    public static Tensor Softmax(Tensor logits)
    {
        Tensor exponentials = (logits - logits.amax([-1], keepdim: true).detach()).exp();
        return exponentials / exponentials.sum(-1, keepdim: true);
    }

    /// <summary>
    /// The gradients with respect to Q, K and V from the one with respect to O, written out so that they can be differentiated
    /// themselves: dV = Pᵀ dO, dP = dO Vᵀ, dS = P ⊙ (dP - Σⱼ Pⱼ dPⱼ), dQ = dS K / √d, dK = dSᵀ Q / √d.
    /// </summary>
    internal static Tensor[] Differentiate(Tensor queries, Tensor keys, Tensor values, Tensor gradient)
    {
        using Scalar scale = Math.Sqrt(queries.size(3));
        Tensor probabilities = Probabilities(queries, keys); // (B, heads, T, S)
        Tensor probabilityGradients = MatrixProduct.OfBatches(gradient, values.transpose(-2, -1)); // (B, heads, T, S)
        Tensor means = (probabilities * probabilityGradients).sum(-1, keepdim: true); // (B, heads, T, 1)
        Tensor scoreGradients = (probabilities * (probabilityGradients - means)).div(scale); // (B, heads, T, S)
        return [MatrixProduct.OfBatches(scoreGradients, keys), MatrixProduct.OfBatches(scoreGradients.transpose(-2, -1), queries), MatrixProduct.OfBatches(probabilities.transpose(-2, -1), gradient)];
    }

    /// <summary>Before C# reads memory by these shapes.</summary>
    private static void CheckShapes(Tensor queries, Tensor keys, Tensor values)
    {
        long[] q = queries.shape, k = keys.shape, v = values.shape;
        bool fit = q.Length >= 2 && k.AsSpan().SequenceEqual(v) && k.Length == q.Length && k.AsSpan()[..^2].SequenceEqual(q.AsSpan()[..^2])
            && k[^1] == q[^1] && k[^2] >= q[^2];
        if (fit) return;
        throw new ArgumentException(
            $"The queries have shape {Shapes.Text(queries)}, the keys {Shapes.Text(keys)} and the values {Shapes.Text(values)}; "
            + "expected (..., T, d) and twice (..., S, d) with S at least T.");
    }

    private static void CheckTypes(Tensor queries, Tensor keys, Tensor values)
    {
        if (queries.is_floating_point() && IsAs(keys) && IsAs(values)) return;
        throw new ArgumentException(
            $"The queries are {Describe(queries)}, the keys {Describe(keys)} and the values {Describe(values)}; expected one floating-point type on one device.");

        bool IsAs(Tensor x) => x.dtype == queries.dtype && x.device_type == queries.device_type && x.device_index == queries.device_index;

        static string Describe(Tensor x) => $"{x.dtype} on {x.device_type}";
    }

    private static Tensor AttendExplicit(Tensor queries, Tensor keys, Tensor values) =>
        MatrixProduct.OfBatches(RoundedFactor.Of(Probabilities(queries, keys).to_type(values.dtype)), RoundedFactor.Of(values)).to_type(values.dtype);

    /// <summary>softmax(Q Kᵀ / √d + mask), (B, heads, T, S), in float32 or wider.</summary>
    private static Tensor Probabilities(Tensor queries, Tensor keys)
    {
        long queryCount = queries.size(2), keyCount = keys.size(2);
        using Scalar scale = Math.Sqrt(queries.size(3)), minusInfinity = double.NegativeInfinity;
        Tensor scores = Widen(MatrixProduct.OfBatches(RoundedFactor.Of(queries), RoundedFactor.Of(keys).transpose(-2, -1)).to_type(queries.dtype)).div(scale); // (B, heads, T, S)
        if (queryCount > 1) scores = scores.masked_fill(FutureMask(queryCount, keyCount, queries.device), minusInfinity);
        return Softmax(scores);
    }

    private static Tensor Widen(Tensor x) => x.dtype == float64 ? x : x.to_type(float32);

    private static Tensor AttendFused(Tensor queries, Tensor keys, Tensor values)
    {
        long queryCount = queries.size(2), keyCount = keys.size(2);
        bool isOnProcessor = queries.device_type == DeviceType.CPU, areWhole = queryCount == keyCount;
        if (isOnProcessor && areWhole && queries.dtype != float64)
            return FlashAttention.Attend(queries.to_type(float32), keys.to_type(float32), values.to_type(float32)).to_type(queries.dtype);
        // On the processor libtorch's kernel cannot be differentiated twice: TorchSharp lets the error end the process.
        if (isOnProcessor && is_grad_enabled() && (queries.requires_grad || keys.requires_grad || values.requires_grad))
            return AttendExplicit(queries, keys, values);
        if (areWhole) return nn.functional.scaled_dot_product_attention(queries, keys, values, is_casual: true);
        Tensor? visible = queryCount == 1 ? null : FutureMask(queryCount, keyCount, queries.device).logical_not();
        return nn.functional.scaled_dot_product_attention(queries, keys, values, attn_mask: visible);
    }

    /// <summary>(T, S), true where key j lies after query i, that is where j > i + (S - T).</summary>
    private static Tensor FutureMask(long queryCount, long keyCount, Device device) =>
        ones([queryCount, keyCount], dtype: @bool, device: device).triu(keyCount - queryCount + 1);
}
