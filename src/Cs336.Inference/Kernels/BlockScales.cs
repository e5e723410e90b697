using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>The scales of eight blocks, half-precision numbers that lie as far apart as blocks are long, as floats.</summary>
internal static unsafe class BlockScales
{
    /// <summary>Blocks whose scales are read together.</summary>
    public const int Count = BlockPairs.Group;

    private const int Shift = 13, ExponentBits = 0x7C00 << Shift, Bias = (127 - 15) << 23;

    /// <summary>The scales of eight blocks.</summary>
    /// <param name="block">The first of the eight, which lie one after the other.</param>
    /// <param name="bytes">Bytes of a block.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Read(byte* block, int bytes) =>
        Widen(Vector128.Create(Four(block, bytes), Four(block + (4 * bytes), bytes)).AsInt16());

    /// <summary>The scales of fewer blocks; zeros for those that are not there.</summary>
    public static Vector256<float> Read(byte* block, int bytes, int count)
    {
        short* halves = stackalloc short[Count];
        for (int i = 0; i < Count; i++) halves[i] = i < count ? *(short*)(block + (i * bytes)) : (short)0;
        return Widen(Vector128.Load(halves));
    }

    /// <summary>Four scales side by side; put together without vector instructions, which have enough to do.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Four(byte* block, int bytes) =>
        *(ushort*)block | ((ulong)*(ushort*)(block + bytes) << 16) | ((ulong)*(ushort*)(block + (2 * bytes)) << 32)
            | ((ulong)*(ushort*)(block + (3 * bytes)) << 48);

    /// <summary>Half precision as single precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Widen(Vector128<short> halves)
    {
        // Exponents of 0 (zero and subnormal numbers) and 31 (infinity and NaN): with one added, all their bits but the lowest are 0.
        Vector128<short> exponents = (halves + Vector128.Create((short)0x400)) & Vector128.Create((short)0x7800);
        if (Vector128.EqualsAny(exponents, Vector128<short>.Zero)) return WidenAny(halves);
        Vector256<int> bits = Vector256.WidenLower(halves.ToVector256Unsafe()) << Shift;
        return ((bits & Vector256.Create(int.MinValue | (0x7FFF << Shift))) + Vector256.Create(Bias)).AsSingle();
    }

    /// <summary>
    /// The same of zeros, subnormal and infinite numbers and NaN too; in integers, because multiplying subnormal floats takes some
    /// processors very long, and small weights have such scales. Inlined: around a call the kernels' sums would be kept in memory.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> WidenAny(Vector128<short> halves)
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
