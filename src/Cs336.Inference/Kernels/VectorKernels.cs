using System.Runtime.CompilerServices;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>What is done to single vectors: normalise, activate, rotate.</summary>
internal static unsafe class VectorKernels<TLanes, TVector>
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
{
    /// <summary>y = x / √(mean(x²) + ε) · g.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RmsNorm(float* x, float* gain, float epsilon, float* y, int count)
    {
        int width = TLanes.Count, i = 0;
        TVector a = TLanes.Broadcast(0), b = a;
        for (; i + (2 * width) <= count; i += 2 * width)
        {
            TVector first = TLanes.Load(x + i), second = TLanes.Load(x + i + width);
            a = TLanes.MultiplyAdd(first, first, a);
            b = TLanes.MultiplyAdd(second, second, b);
        }
        float squares = TLanes.Sum(TLanes.Add(a, b));
        for (; i < count; i++) squares += x[i] * x[i];
        float inverse = 1 / MathF.Sqrt((squares / count) + epsilon);
        TVector factor = TLanes.Broadcast(inverse);
        for (i = 0; i + width <= count; i += width)
            TLanes.Store(TLanes.Multiply(TLanes.Multiply(TLanes.Load(x + i), factor), TLanes.Load(gain + i)), y + i);
        for (; i < count; i++) y[i] = x[i] * inverse * gain[i];
    }

    /// <summary>x = SiLU(x) = x / (1 + e⁻ˣ), and times the gate where there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Silu(float* x, float* gate, int count)
    {
        int width = TLanes.Count, i = 0;
        for (; i + width <= count; i += width)
        {
            TVector value = Silu(TLanes.Load(x + i));
            TLanes.Store(gate is null ? value : TLanes.Multiply(value, TLanes.Load(gate + i)), x + i);
        }
        if (i == count) return;
        float* rest = stackalloc float[width];
        for (int k = i; k < count; k++) rest[k - i] = x[k];
        TLanes.Store(Silu(TLanes.Load(rest)), rest);
        for (; i < count; i++) x[i] = rest[i % width] * (gate is null ? 1 : gate[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Silu(TVector x) =>
        TLanes.Divide(x, TLanes.Add(TLanes.Broadcast(1), Exponential<TLanes, TVector>.Apply(TLanes.Subtract(TLanes.Broadcast(0), x))));

    /// <summary>x = max(x, 0)²; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SquareRelu(float* x, int count)
    {
        TVector zero = TLanes.Broadcast(0);
        int width = TLanes.Count, i = 0;
        for (; i + width <= count; i += width)
        {
            TVector positive = TLanes.Max(zero, TLanes.Load(x + i));
            TLanes.Store(TLanes.Multiply(positive, positive), x + i);
        }
        for (; i < count; i++)
        {
            float positive = MathF.Max(x[i], 0);
            x[i] = positive * positive;
        }
    }

    /// <summary>
    /// Turns pairs (2i, 2i + 1) by their angles: y₂ᵢ = x₂ᵢ cos - x₂ᵢ₊₁ sin, y₂ᵢ₊₁ = x₂ᵢ₊₁ cos + x₂ᵢ sin.
    /// </summary>
    /// <param name="x">The vector; changed in place.</param>
    /// <param name="cosines">For each number the cosine of its pair.</param>
    /// <param name="sines">For each number the sine of its pair, negative for the first of the two.</param>
    /// <param name="count">Length of the vector; even.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rotate(float* x, float* cosines, float* sines, int count)
    {
        int width = TLanes.Count, i = 0;
        for (; i + width <= count; i += width)
        {
            TVector value = TLanes.Load(x + i);
            TVector along = TLanes.Multiply(value, TLanes.Load(cosines + i));
            TLanes.Store(TLanes.MultiplyAdd(TLanes.SwapPairs(value), TLanes.Load(sines + i), along), x + i);
        }
        for (; i < count; i += 2)
        {
            float even = x[i], odd = x[i + 1];
            x[i] = (even * cosines[i]) + (odd * sines[i]);
            x[i + 1] = (odd * cosines[i + 1]) + (even * sines[i + 1]);
        }
    }
}
