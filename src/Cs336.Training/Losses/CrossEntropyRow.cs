using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cs336.Training;

/// <summary>Cross-entropy of one position in three passes over its logits, which stay in the processor's cache meanwhile.</summary>
internal static class CrossEntropyRow
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
        Span<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> shifts = new(shift), even = Vector<float>.Zero, odd = Vector<float>.Zero;
        int i = 0;
        for (; i + 1 < vectors.Length; i += 2)
        {
            even += vectors[i] = Vector.Exp(vectors[i] - shifts);
            odd += vectors[i + 1] = Vector.Exp(vectors[i + 1] - shifts);
        }
        if (i < vectors.Length) even += vectors[i] = Vector.Exp(vectors[i] - shifts);
        double sum = Vector.Sum(even) + (double)Vector.Sum(odd);
        for (int j = vectors.Length * Vector<float>.Count; j < values.Length; j++) sum += values[j] = MathF.Exp(values[j] - shift);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(Span<float> values, float factor)
    {
        Span<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        for (int i = 0; i < vectors.Length; i++) vectors[i] *= factor;
        for (int i = vectors.Length * Vector<float>.Count; i < values.Length; i++) values[i] *= factor;
    }
}
