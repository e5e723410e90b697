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
    public static Tensor Attend(Tensor queries, Tensor keys, Tensor values, ComputePath path) =>
        Attend(queries, keys, values, LayerOperations.Of(path));

    /// <summary>exp(z - max z) / Σ exp(z - max z) over the last dimension; the maximum keeps the exponentials finite.</summary>
    /// <param name="logits">(..., n).</param>
    /// <returns>(..., n), each row a probability distribution.</returns>
    public static Tensor Softmax(Tensor logits) => ExplicitOperations.Softmax(logits);

    internal static Tensor Attend(Tensor queries, Tensor keys, Tensor values, LayerOperations operations)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(values);
        CheckShapes(queries, keys, values);
        CheckTypes(queries, keys, values);
        if (queries.numel() == 0) return queries.clone();
        if (queries.dim() == 4) return operations.Attend(queries, keys, values);
        return operations.Attend(AsHeads(queries), AsHeads(keys), AsHeads(values)).reshape(queries.shape);

        static Tensor AsHeads(Tensor x) => x.reshape(1, Shapes.Leading(x, 2), x.size(-2), x.size(-1)); // (1, heads, T, d)
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
            $"The queries are {Describe(queries)}, the keys {Describe(keys)} and the values {Describe(values)}; "
            + "expected one floating-point type on one device.");

        bool IsAs(Tensor x) => x.dtype == queries.dtype && x.device_type == queries.device_type && x.device_index == queries.device_index;

        static string Describe(Tensor x) => $"{x.dtype} on {x.device_type}";
    }
}
