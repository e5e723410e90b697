using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>The scales of eight blocks, half-precision numbers that lie as far apart as blocks are long, as floats.</summary>
internal static unsafe class BlockScales
{
    /// <summary>Blocks whose scales are read together.</summary>
    public const int Count = 8;

    private const int Shift = 13, ExponentBits = 0x7C00 << Shift, Bias = (127 - 15) << 23;

    /// <summary>The scales of eight blocks.</summary>
    /// <param name="block">The first.</param>
    /// <param name="bytes">Bytes of a block.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Read(byte* block, int bytes) => Widen(Vector128.Create(
        *(short*)block, *(short*)(block + bytes), *(short*)(block + (2 * bytes)), *(short*)(block + (3 * bytes)),
        *(short*)(block + (4 * bytes)), *(short*)(block + (5 * bytes)), *(short*)(block + (6 * bytes)), *(short*)(block + (7 * bytes))));

    /// <summary>The scales of fewer blocks; zeros for those that are not there.</summary>
    public static Vector256<float> Read(byte* block, int bytes, int count)
    {
        short* halves = stackalloc short[Count];
        for (int i = 0; i < Count; i++) halves[i] = i < count ? *(short*)(block + (i * bytes)) : (short)0;
        return Widen(Vector128.Load(halves));
    }

    /// <summary>
    /// Half precision as single precision, with zeros, subnormal and infinite numbers and NaN; in integers, because multiplying subnormal
    /// floats takes some processors very long, and small weights have such scales.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Widen(Vector128<short> halves)
    {
        Vector256<int> bits = Vector256.WidenLower(halves.ToVector256Unsafe()), sign = bits & Vector256.Create(int.MinValue);
        Vector256<int> number = (bits & Vector256.Create(0x7FFF)) << Shift;
        Vector256<int> biased = number + Vector256.Create(Bias);
        biased += Vector256.GreaterThanOrEqual(number, Vector256.Create(ExponentBits)) & Vector256.Create(Bias); // infinite, or NaN
        // A subnormal half has no leading one: with one it would be 2^-14 more.
        Vector256<float> subnormal = (number + Vector256.Create(Bias + (1 << 23))).AsSingle() - Vector256.Create(6.103515625e-5f);
        Vector256<int> isSubnormal = Vector256.LessThan(number, Vector256.Create(1 << 23));
        return (Vector256.ConditionalSelect(isSubnormal, subnormal.AsInt32(), biased) | sign).AsSingle();
    }
}
