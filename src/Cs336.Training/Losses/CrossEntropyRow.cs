using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Cs336.Simd;

namespace Cs336.Training;

/// <summary>Cross-entropy of one position in three passes over its logits, which stay in the processor's cache meanwhile.</summary>
internal static unsafe class CrossEntropyRow
{
    /// <summary>The cross-entropy; the logits are overwritten, by their gradient where asked.</summary>
    /// <param name="logits">o.</param>
    /// <param name="target">x.</param>
    /// <param name="scale">What the position counts for in the gradient.</param>
    /// <param name="zLossWeight">λ of λ (log Σ exp o)², which the gradient includes and the result does not.</param>
    /// <param name="withGradient">Whether to compute it: scale · (softmax(o) (1 + 2 λ log Σ exp o) - onehot(x)).</param>
    public static double Apply(Span<float> logits, int target, double scale, double zLossWeight, bool withGradient)
    {
        float max = Max(logits);
        double shifted = (double)logits[target] - max;
        double sum = Exponentiate(logits, max);
        double logSum = Math.Log(sum);
        if (withGradient)
        {
            Multiply(logits, (float)(scale * (1 + (2 * zLossWeight * (logSum + max))) / sum));
            logits[target] -= (float)scale;
        }
        return logSum - shifted;
    }

    /// <summary>The soft cap o ← c · tanh(o / c), in registers of the greatest width there is.</summary>
    /// <param name="logits">o; changed in place.</param>
    /// <param name="slopes">Receives 1 - tanh²(o / c) of each; empty where they are not wanted.</param>
    /// <param name="cap">c.</param>
    public static void Cap(Span<float> logits, Span<float> slopes, float cap)
    {
        fixed (float* row = logits, derivatives = slopes) // null where there are none
        {
            if (Vector512.IsHardwareAccelerated) SoftCap<Lanes512, Vector512<float>>.Apply(row, derivatives, logits.Length, cap);
            else if (Vector256.IsHardwareAccelerated) SoftCap<Lanes256, Vector256<float>>.Apply(row, derivatives, logits.Length, cap);
            else if (Vector128.IsHardwareAccelerated) SoftCap<Lanes128, Vector128<float>>.Apply(row, derivatives, logits.Length, cap);
            else SoftCap<Lanes1, float>.Apply(row, derivatives, logits.Length, cap);
        }
    }

    /// <summary>x ← x ⊙ y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(Span<float> values, ReadOnlySpan<float> factors)
    {
        Span<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        ReadOnlySpan<Vector<float>> others = MemoryMarshal.Cast<float, Vector<float>>(factors);
        for (int i = 0; i < vectors.Length; i++) vectors[i] *= others[i];
        for (int i = vectors.Length * Vector<float>.Count; i < values.Length; i++) values[i] *= factors[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Max(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> max = new(values[0]);
        foreach (Vector<float> vector in vectors) max = Vector.Max(max, vector);
        float result = values[0];
        for (int i = 0; i < Vector<float>.Count; i++) result = Math.Max(result, max[i]);
        foreach (float value in values[(vectors.Length * Vector<float>.Count)..]) result = Math.Max(result, value);
        return result;
    }

    /// <summary>x ← exp(x - shift) for each; returns the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Exponentiate(Span<float> values, float shift)
    {
        int whole = values.Length / Vector<float>.Count * Vector<float>.Count;
        double sum;
        fixed (float* first = values)
        {
            (Vector<float> last, Vector<float> other) =
                MapAndSum.Run<Vector<float>, (Vector<float>, Vector<float>), LossExponential>(
                    first, first, whole, new LossExponential(shift));
            sum = Vector.Sum(last) + (double)Vector.Sum(other);
        }
        for (int i = whole; i < values.Length; i++) sum += values[i] = MathF.Exp(values[i] - shift);
        return sum;
    }

    /// <summary>.NET's exponential, added up in two registers by turns, so that an addition does not wait for the one before.</summary>
    private readonly struct LossExponential(float shift) : IMapAndSum<Vector<float>, (Vector<float> Last, Vector<float> Other)>
    {
        private readonly Vector<float> _shifts = new(shift);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Map(Vector<float> x) => Vector.Exp(x - _shifts);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (Vector<float> Last, Vector<float> Other) Add((Vector<float> Last, Vector<float> Other) sum, Vector<float> mapped) =>
            (sum.Other + mapped, sum.Last);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(Span<float> values, float factor)
    {
        Span<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        for (int i = 0; i < vectors.Length; i++) vectors[i] *= factor;
        for (int i = vectors.Length * Vector<float>.Count; i < values.Length; i++) values[i] *= factor;
    }
}
