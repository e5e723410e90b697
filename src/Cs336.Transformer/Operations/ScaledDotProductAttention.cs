using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// Scaled dot-product attention (Vaswani et al., 2017): softmax(Q Kᵀ / √d + mask) V. The mask is given, or causal: the T queries are then
/// the last T of the S positions that there are keys for, and each sees the positions up to its own, or the last of those that are within
/// a window.
/// </summary>
public static class ScaledDotProductAttention
{
    /// <summary>Attends causally.</summary>
    /// <param name="queries">(..., T, d), any leading dimensions, such as (B, heads).</param>
    /// <param name="keys">(..., S, d), S at least T, with the same leading dimensions.</param>
    /// <param name="values">(..., S, d).</param>
    /// <param name="path">Which code does it.</param>
    /// <param name="window">How many positions a query sees at most, its own the last of them; null for all up to its own.</param>
    /// <returns>(..., T, d).</returns>
    /// <exception cref="ArgumentException">The shapes, types or devices do not fit each other, or the window is below 1.</exception>
    public static Tensor Attend(Tensor queries, Tensor keys, Tensor values, ComputePath path, int? window = null) =>
        Attend(queries, keys, values, LayerOperations.Of(path), window);

    /// <summary>Attends wherever a mask allows it, by the equation: the whole (T, S) scores are held.</summary>
    /// <param name="queries">(..., T, d), any leading dimensions, such as (B, heads).</param>
    /// <param name="keys">(..., S, d), with the same leading dimensions.</param>
    /// <param name="values">(..., S, d_v), with the same leading dimensions.</param>
    /// <param name="mask">
    /// Bool, true where a query may see a key: (..., T, S), of which leading dimensions may be left out or be 1. Null: every query sees
    /// every key. A query that may see none gets zeros.
    /// </param>
    /// <returns>(..., T, d_v).</returns>
    /// <exception cref="ArgumentException">The shapes, types or devices do not fit each other.</exception>
    public static Tensor Attend(Tensor queries, Tensor keys, Tensor values, Tensor? mask)
    {
        CheckGiven(queries, keys, values);
        CheckShapes(queries, keys, values, mask);
        CheckTypes(queries, keys, values);
        return ExplicitOperations.AttendWhere(queries, keys, values, mask);
    }

    /// <summary>exp(z - max z) / Σ exp(z - max z) over a dimension; the maximum keeps the exponentials finite.</summary>
    /// <param name="logits">z, of any shape.</param>
    /// <param name="dimension">Over which dimension; negative ones count from the last, -1.</param>
    /// <returns>The same shape: along the dimension, probability distributions.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such dimension.</exception>
    public static Tensor Softmax(Tensor logits, long dimension = -1)
    {
        ArgumentNullException.ThrowIfNull(logits);
        long count = Math.Max(logits.dim(), 1); // a number by itself has none, and is taken for a vector of one
        if (dimension < -count || dimension >= count)
            throw new ArgumentOutOfRangeException(
                nameof(dimension), dimension,
                $"The logits have shape {Shapes.Text(logits)}; expected a dimension from {-count} to {count - 1}.");
        return logits.numel() == 0 ? logits.clone() : ExplicitOperations.Softmax(logits, dimension);
    }

    internal static Tensor Attend(Tensor queries, Tensor keys, Tensor values, LayerOperations operations, int? window = null)
    {
        CheckGiven(queries, keys, values);
        if (window < 1) throw new ArgumentException($"The window is {window}, but a query sees at least itself.");
        CheckShapes(queries, keys, values);
        CheckTypes(queries, keys, values);
        if (queries.numel() == 0) return queries.clone();
        if (queries.dim() == 4) return operations.Attend(queries, keys, values, window);
        return operations.Attend(AsHeads(queries), AsHeads(keys), AsHeads(values), window).reshape(queries.shape);

        static Tensor AsHeads(Tensor x) => x.reshape(1, Shapes.Leading(x, 2), x.size(-2), x.size(-1)); // (1, heads, T, d)
    }

    private static void CheckGiven(Tensor queries, Tensor keys, Tensor values)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(values);
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

    private static void CheckShapes(Tensor queries, Tensor keys, Tensor values, Tensor? mask)
    {
        long[] q = queries.shape, k = keys.shape, v = values.shape;
        bool fit = q.Length >= 2 && k.Length == q.Length && v.Length == q.Length && k[^1] == q[^1] && v[^2] == k[^2]
            && k.AsSpan()[..^2].SequenceEqual(q.AsSpan()[..^2]) && v.AsSpan()[..^2].SequenceEqual(q.AsSpan()[..^2]);
        if (!fit)
            throw new ArgumentException(
                $"The queries have shape {Shapes.Text(queries)}, the keys {Shapes.Text(keys)} and the values {Shapes.Text(values)}; "
                + "expected (..., T, d), (..., S, d) and (..., S, d_v).");
        if (mask is null) return;
        long[] scores = [.. q[..^1], k[^2]];
        if (mask.dtype != @bool || mask.device_type != queries.device_type || mask.device_index != queries.device_index)
            throw new ArgumentException(
                $"The mask is {Describe(mask)} and the queries are on {queries.device_type}; expected Bool there, true where a query may "
                + "see a key.");
        if (!Shapes.Stretches(mask.shape, scores))
            throw new ArgumentException(
                $"The mask has shape {Shapes.Text(mask)}; expected ({string.Join(", ", scores)}), or dimensions of 1 in place of some, or "
                + "fewer.");
    }

    private static void CheckTypes(Tensor queries, Tensor keys, Tensor values)
    {
        if (queries.is_floating_point() && IsAs(keys) && IsAs(values)) return;
        throw new ArgumentException(
            $"The queries are {Describe(queries)}, the keys {Describe(keys)} and the values {Describe(values)}; "
            + "expected one floating-point type on one device.");

        bool IsAs(Tensor x) => x.dtype == queries.dtype && x.device_type == queries.device_type && x.device_index == queries.device_index;
    }

    private static string Describe(Tensor x) => $"{x.dtype} on {x.device_type}";
}
