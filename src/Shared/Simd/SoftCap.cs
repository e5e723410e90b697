using System.Runtime.CompilerServices;

namespace Cs336.Simd;

/// <summary>The soft cap of logits (Gemma 2, 2024): z ← c · tanh(z / c), which leaves small ones as they are and none beyond c.</summary>
/// <typeparam name="TLanes">The width of register.</typeparam>
/// <typeparam name="TVector">The register.</typeparam>
internal static unsafe class SoftCap<TLanes, TVector>
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
{
    /// <summary>Caps a row. A number's result does not depend on where in the row it stands.</summary>
    /// <param name="row">z; changed in place.</param>
    /// <param name="slopes">Receives the derivatives 1 - tanh²(z / c); null where they are not wanted.</param>
    /// <param name="count">How many numbers.</param>
    /// <param name="cap">c, above 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(float* row, float* slopes, int count, float cap)
    {
        int width = TLanes.Count, i = 0;
        for (; i + width <= count; i += width) Apply(row + i, slopes is null ? null : slopes + i, cap);
        if (i == count) return;
        float* rest = stackalloc float[width], restSlopes = stackalloc float[width];
        for (int k = i; k < count; k++) rest[k - i] = row[k];
        for (int k = count - i; k < width; k++) rest[k] = 0;
        Apply(rest, restSlopes, cap);
        for (int k = i; k < count; k++)
        {
            row[k] = rest[k - i];
            if (slopes is not null) slopes[k] = restSlopes[k - i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Apply(float* row, float* slopes, float cap)
    {
        TVector tangent = Tanh(TLanes.Divide(TLanes.Load(row), TLanes.Broadcast(cap)));
        TLanes.Store(TLanes.Multiply(tangent, TLanes.Broadcast(cap)), row);
        if (slopes is not null)
            TLanes.Store(TLanes.Subtract(TLanes.Broadcast(1), TLanes.Multiply(tangent, tangent)), slopes);
    }

    /// <summary>
    /// tanh x within some units in the last place: a quotient of polynomials that is odd, the coefficients those of Eigen. Beyond ±7.9 it
    /// is ±1 to the last bit of float32, and arguments are clamped to there; NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Tanh(TVector x)
    {
        x = TLanes.Min(TLanes.Broadcast(7.90531110763549805f), TLanes.Max(TLanes.Broadcast(-7.90531110763549805f), x));
        TVector square = TLanes.Multiply(x, x);
        TVector p = TLanes.Broadcast(-2.76076847742355e-16f);
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(2.00018790482477e-13f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(-8.60467152213735e-11f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(5.12229709037114e-08f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(1.48572235717979e-05f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(6.37261928875436e-04f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(4.89352455891786e-03f));
        TVector q = TLanes.Broadcast(1.19825839466702e-06f);
        q = TLanes.MultiplyAdd(q, square, TLanes.Broadcast(1.18534705686654e-04f));
        q = TLanes.MultiplyAdd(q, square, TLanes.Broadcast(2.26843463243900e-03f));
        q = TLanes.MultiplyAdd(q, square, TLanes.Broadcast(4.89352518554385e-03f));
        return TLanes.Divide(TLanes.Multiply(x, p), q);
    }
}
