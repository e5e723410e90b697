using System.Runtime.CompilerServices;

namespace Cs336.Simd;

/// <summary>The exponential function of a register of float32 numbers.</summary>
internal static class Exponential<TLanes, TVector>
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
{
    /// <summary>
    /// eˣ within two units in the last place: x = n ln 2 + r with |r| at most half of ln 2, whose exponential is a polynomial
    /// (the coefficients are those of Cephes), times 2ⁿ. Arguments are clamped to where the result is a normal number; NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply(TVector x)
    {
        x = TLanes.Min(TLanes.Broadcast(88.3f), TLanes.Max(TLanes.Broadcast(-87.3f), x));
        // Adding 1.5 · 2²³ leaves x / ln 2, rounded to an integer, in the lowest bits.
        TVector shift = TLanes.Broadcast(12_582_912f);
        TVector shifted = TLanes.MultiplyAdd(x, TLanes.Broadcast(1.44269504f), shift);
        TVector n = TLanes.Subtract(shifted, shift);
        TVector r = TLanes.MultiplyAdd(n, TLanes.Broadcast(-0.693359375f), x); // ln 2 in two parts, the first exact times n
        r = TLanes.MultiplyAdd(n, TLanes.Broadcast(2.12194440e-4f), r);
        TVector p = TLanes.Broadcast(1.9875691500e-4f);
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1.3981999507e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(8.3334519073e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(4.1665795894e-2f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1.6666665459e-1f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(5.0000001201e-1f));
        p = TLanes.MultiplyAdd(p, TLanes.Multiply(r, r), TLanes.Add(r, TLanes.Broadcast(1)));
        return TLanes.ScaleByPowerOfTwo(p, shifted);
    }
}
