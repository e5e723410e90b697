using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cs336.Training;

/// <summary>The sum of many numbers' squares.</summary>
internal static class SumOfSquares
{
    /// <summary>Σ x², in double precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Of(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        // Four sums, because an addition that waits for the one before takes longer than memory does.
        Vector<double> a = Vector<double>.Zero, b = Vector<double>.Zero, c = Vector<double>.Zero, d = Vector<double>.Zero;
        for (int i = 1; i < vectors.Length; i += 2)
        {
            Vector.Widen(vectors[i - 1], out Vector<double> low, out Vector<double> high);
            Vector.Widen(vectors[i], out Vector<double> nextLow, out Vector<double> nextHigh);
            a = Vector.FusedMultiplyAdd(low, low, a);
            b = Vector.FusedMultiplyAdd(high, high, b);
            c = Vector.FusedMultiplyAdd(nextLow, nextLow, c);
            d = Vector.FusedMultiplyAdd(nextHigh, nextHigh, d);
        }
        double sum = Vector.Sum(a + b + (c + d));
        foreach (float value in values[(vectors.Length / 2 * 2 * Vector<float>.Count)..]) sum += (double)value * value;
        return sum;
    }
}
