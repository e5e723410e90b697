using System.Runtime.CompilerServices;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>
/// Attention of one query over the positions of a cache. As in the other kernels, methods are compiled with full optimisation from the
/// first call on; otherwise the first tokens would run through slow code.
/// </summary>
internal static unsafe class AttentionKernels<TLanes, TVector>
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
{
    private const int Sums = 4;

    /// <summary>
    /// softmax(q · K / √d) · V over the first <paramref name="length"/> positions, but for the <paramref name="hidden"/> first of them.
    /// </summary>
    /// <param name="query">q, d numbers.</param>
    /// <param name="keys">The head's keys, in blocks as <see cref="KeyValueLayout"/> says.</param>
    /// <param name="values">The head's values, position after position.</param>
    /// <param name="layout">How keys and values lie in memory.</param>
    /// <param name="hidden">Positions at the beginning that lie before the query's window.</param>
    /// <param name="length">Positions to attend over and those that are hidden; at least one is not.</param>
    /// <param name="scratch">Room for the layout's value stride and <paramref name="length"/> positions in whole blocks.</param>
    /// <param name="output">Receives d numbers.</param>
    public static void Attend(
        float* query, float* keys, float* values, KeyValueLayout layout, int hidden, int length, float* scratch, float* output)
    {
        float* mixed = scratch, scores = scratch + layout.ValueStride;
        Score(query, keys, layout, length, scores);
        if (hidden > 0) new Span<float>(scores, hidden).Fill(float.NegativeInfinity);
        float sum = SoftmaxNumerators(scores, length);
        Mix(scores, values, layout, length, 1 / sum, mixed);
        new ReadOnlySpan<float>(mixed, layout.HeadSize).CopyTo(new Span<float>(output, layout.HeadSize));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Score(float* query, float* keys, KeyValueLayout layout, int length, float* scores)
    {
        int width = TLanes.Count;
        TVector scale = TLanes.Broadcast(1 / MathF.Sqrt(layout.HeadSize));
        for (int position = 0; position < length; position += Sums * width)
        {
            float* key = keys + layout.KeyAt(position);
            TVector a = TLanes.Broadcast(0), b = a, c = a, d = a;
            for (int i = 0; i < layout.HeadSize; i++, key += KeyValueLayout.Block)
            {
                TVector q = TLanes.Broadcast(query[i]);
                a = TLanes.MultiplyAdd(q, TLanes.Load(key), a);
                b = TLanes.MultiplyAdd(q, TLanes.Load(key + width), b);
                c = TLanes.MultiplyAdd(q, TLanes.Load(key + (2 * width)), c);
                d = TLanes.MultiplyAdd(q, TLanes.Load(key + (3 * width)), d);
            }
            TLanes.Store(TLanes.Multiply(a, scale), scores + position);
            TLanes.Store(TLanes.Multiply(b, scale), scores + position + width);
            TLanes.Store(TLanes.Multiply(c, scale), scores + position + (2 * width));
            TLanes.Store(TLanes.Multiply(d, scale), scores + position + (3 * width));
        }
    }

    /// <summary>scores = e^(score - largest); returns their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float SoftmaxNumerators(float* scores, int length)
    {
        int width = TLanes.Count, end = (length + width - 1) / width * width;
        for (int i = length; i < end; i++) scores[i] = float.NegativeInfinity; // behind the sequence's end the cache holds anything
        ShiftedExponential<TLanes, TVector> exponential = new(FloatRow<TLanes, TVector>.Max(scores, end));
        return TLanes.Sum(MapAndSum.Run<TVector, TVector, ShiftedExponential<TLanes, TVector>>(scores, scores, end, exponential));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix(float* weights, float* values, KeyValueLayout layout, int length, float factor, float* output)
    {
        int width = TLanes.Count, stride = layout.ValueStride;
        TVector scale = TLanes.Broadcast(factor);
        for (int i = 0; i < stride; i += width)
        {
            TVector a = TLanes.Broadcast(0), b = a, c = a, d = a;
            float* value = values + i;
            int position = 0;
            for (; position + Sums <= length; position += Sums, value += Sums * stride)
            {
                a = TLanes.MultiplyAdd(TLanes.Broadcast(weights[position]), TLanes.Load(value), a);
                b = TLanes.MultiplyAdd(TLanes.Broadcast(weights[position + 1]), TLanes.Load(value + stride), b);
                c = TLanes.MultiplyAdd(TLanes.Broadcast(weights[position + 2]), TLanes.Load(value + (2 * stride)), c);
                d = TLanes.MultiplyAdd(TLanes.Broadcast(weights[position + 3]), TLanes.Load(value + (3 * stride)), d);
            }
            for (; position < length; position++, value += stride)
                a = TLanes.MultiplyAdd(TLanes.Broadcast(weights[position]), TLanes.Load(value), a);
            TLanes.Store(TLanes.Multiply(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), scale), output + i);
        }
    }
}
