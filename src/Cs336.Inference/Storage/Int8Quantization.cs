using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>Floats as integers from -127 to 127 times a common scale: the largest magnitude becomes 127.</summary>
internal static unsafe class Int8Quantization
{
    private const float SmallestScaled = 1e-30f; // below, the reciprocal would overflow
    private const float RoundingShift = 12_582_912f; // 1.5 · 2²³: added to a small float, it leaves the nearest integer in the lowest bits

    /// <summary>Quantises numbers.</summary>
    /// <param name="values">What to quantise.</param>
    /// <param name="count">Length of <paramref name="values"/> and <paramref name="integers"/>.</param>
    /// <param name="integers">Receives the quantised numbers, -127 to 127.</param>
    /// <param name="sum">Receives the sum of the integers.</param>
    /// <returns>The scale: integer · scale is about the value. NaN where a value is NaN or infinite.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Quantize(float* values, int count, sbyte* integers, out int sum)
    {
        float largest = Largest(values, count);
        float inverse = largest > SmallestScaled ? 127 / largest : 0;
        Vector128<float> factor = Vector128.Create(inverse), shift = Vector128.Create(RoundingShift);
        Vector128<int> bias = shift.AsInt32(), sums = Vector128<int>.Zero;
        int i = 0;
        for (; i + Vector128<sbyte>.Count <= count; i += Vector128<sbyte>.Count)
        {
            Vector128<int> a = (Vector128.Load(values + i) * factor + shift).AsInt32() - bias;
            Vector128<int> b = (Vector128.Load(values + i + 4) * factor + shift).AsInt32() - bias;
            Vector128<int> c = (Vector128.Load(values + i + 8) * factor + shift).AsInt32() - bias;
            Vector128<int> d = (Vector128.Load(values + i + 12) * factor + shift).AsInt32() - bias;
            sums += a + b + (c + d);
            Vector128.Narrow(Vector128.Narrow(a, b), Vector128.Narrow(c, d)).Store(integers + i);
        }
        sum = Vector128.Sum(sums);
        for (; i < count; i++)
        {
            int rounded = BitConverter.SingleToInt32Bits((values[i] * inverse) + RoundingShift) - bias[0];
            integers[i] = (sbyte)rounded;
            sum += rounded;
        }
        // With an infinite or NaN value there is no scale: NaN makes every result NaN, instead of a wrong number that looks right.
        return float.IsFinite(largest) ? largest / 127 : float.NaN;
    }

    private static float Largest(float* values, int count)
    {
        Vector128<float> largest = Vector128<float>.Zero;
        int i = 0;
        for (; i + Vector128<float>.Count <= count; i += Vector128<float>.Count)
            largest = Vector128.Max(largest, Vector128.Abs(Vector128.Load(values + i)));
        float result = MathF.Max(MathF.Max(largest[0], largest[1]), MathF.Max(largest[2], largest[3]));
        for (; i < count; i++) result = MathF.Max(result, MathF.Abs(values[i]));
        return result;
    }
}
