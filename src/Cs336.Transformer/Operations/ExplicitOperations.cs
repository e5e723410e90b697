using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>The equations, written out in tensor operations that any tensor library has.</summary>
internal sealed class ExplicitOperations : LayerOperations
{
    public static ExplicitOperations Instance { get; } = new();

    public override Tensor LinearMap(Tensor x, Tensor weight) => MatrixProduct.OfRows(x, weight.t());

    public override Tensor Silu(Tensor z) => z * z.sigmoid();

    public override Tensor Rotate(Tensor pairs, Tensor rotations)
    {
        Tensor a = pairs.select(-1, 0), b = pairs.select(-1, 1); // (..., T, n)
        Tensor cos = rotations.real, sin = rotations.imag; // (T, n)
        return stack([a * cos - b * sin, (a * sin).add(b * cos, Scalars.One)], dim: -1); // (..., T, n, 2)
    }

    public override Tensor Attend(Tensor queries, Tensor keys, Tensor values, long? window)
    {
        Tensor probabilities = Probabilities(queries, keys, window).to_type(values.dtype); // (B, heads, T, S)
        return MatrixProduct.OfBatches(probabilities, values); // (B, heads, T, d)
    }

    /// <summary>
    /// Attention wherever a mask allows it: softmax(Q Kᵀ / √d + mask) V. A query that may see no key gets zeros, and gives no gradients.
    /// </summary>
    /// <param name="queries">Q, (..., T, d).</param>
    /// <param name="keys">K, (..., S, d).</param>
    /// <param name="values">V, (..., S, d_v).</param>
    /// <param name="visible">True where a query may see a key, stretched to (..., T, S); null for everywhere.</param>
    /// <returns>(..., T, d_v).</returns>
    public static Tensor AttendWhere(Tensor queries, Tensor keys, Tensor values, Tensor? visible)
    {
        using Scalar minusInfinity = double.NegativeInfinity;
        Tensor scores = Scores(queries, keys); // (..., T, S)
        if (visible is not null) scores = scores.masked_fill(visible.logical_not(), minusInfinity);
        Tensor probabilities = scores.numel() == 0 ? scores : visible is null ? Softmax(scores) : SoftmaxOrZeros(scores);
        return MatrixProduct.OfBatches(probabilities.to_type(values.dtype), values); // (..., T, d_v)
    }

    /// <summary>exp(z - max z) / Σ exp(z - max z) over a dimension; the maximum keeps the exponentials finite.</summary>
    public static Tensor Softmax(Tensor logits, long dimension = -1)
    {
        Tensor exponentials = (logits - logits.amax([dimension], keepdim: true).detach()).exp();
        return exponentials / exponentials.sum(dimension, keepdim: true);
    }

    /// <summary>
    /// The gradients with respect to Q, K and V from the one with respect to O, written out so that they can be differentiated
    /// themselves: dV = Pᵀ dO, dP = dO Vᵀ, dS = P ⊙ (dP - Σⱼ Pⱼ dPⱼ), dQ = dS K / √d, dK = dSᵀ Q / √d.
    /// </summary>
    public static Tensor[] DifferentiateAttention(Tensor queries, Tensor keys, Tensor values, Tensor gradient, long? window)
    {
        using Scalar scale = Math.Sqrt(queries.size(3));
        Tensor probabilities = Probabilities(queries, keys, window); // (B, heads, T, S)
        Tensor probabilityGradients = MatrixProduct.OfBatches(gradient, values.transpose(-2, -1)); // (B, heads, T, S)
        Tensor means = (probabilities * probabilityGradients).sum(-1, keepdim: true); // (B, heads, T, 1)
        Tensor scoreGradients = (probabilities * (probabilityGradients - means)).div(scale); // (B, heads, T, S)
        return
        [
            MatrixProduct.OfBatches(scoreGradients, keys),
            MatrixProduct.OfBatches(scoreGradients.transpose(-2, -1), queries),
            MatrixProduct.OfBatches(probabilities.transpose(-2, -1), gradient),
        ];
    }

    /// <summary>softmax(Q Kᵀ / √d + mask), (B, heads, T, S), in float32 or wider.</summary>
    private static Tensor Probabilities(Tensor queries, Tensor keys, long? window)
    {
        long queryCount = queries.size(2), keyCount = keys.size(2);
        using Scalar minusInfinity = double.NegativeInfinity;
        Tensor scores = Scores(queries, keys);
        if (HiddenMask(queryCount, keyCount, window, queries.device) is { } hidden) scores = scores.masked_fill(hidden, minusInfinity);
        return Softmax(scores);
    }

    /// <summary>Q Kᵀ / √d, (..., T, S), in float32 or wider.</summary>
    private static Tensor Scores(Tensor queries, Tensor keys)
    {
        using Scalar scale = Math.Sqrt(queries.size(-1));
        Tensor products = MatrixProduct.OfBatches(queries, keys.transpose(-2, -1)); // (..., T, S)
        return (products.dtype == float64 ? products : products.to_type(float32)).div(scale);
    }

    /// <summary>Softmax over the last dimension, but zeros, and not 0 / 0, where all of a row is minus infinity.</summary>
    private static Tensor SoftmaxOrZeros(Tensor scores)
    {
        using Scalar zero = 0;
        Tensor max = scores.detach().amax([-1], keepdim: true);
        Tensor exponentials = (scores - max.masked_fill(max.isneginf(), zero)).exp();
        Tensor sums = exponentials.sum(-1, keepdim: true);
        return exponentials / sums.masked_fill(max.isneginf(), Scalars.One);
    }

    /// <summary>
    /// (T, S), true where query i does not see key j: where j lies after it, that is where j > i + (S - T), or before its window, where
    /// j ≤ i + (S - T) - window. Null where nothing is hidden.
    /// </summary>
    public static Tensor? HiddenMask(long queryCount, long keyCount, long? window, Device device)
    {
        bool isCut = window < keyCount;
        if (queryCount == 1 && !isCut) return null;
        Tensor all = ones([queryCount, keyCount], dtype: @bool, device: device), future = all.triu(keyCount - queryCount + 1);
        return isCut ? future.logical_or_(all.tril(keyCount - queryCount - window!.Value)) : future;
    }
}
