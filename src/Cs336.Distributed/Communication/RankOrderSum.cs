using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cs336.Distributed;

/// <summary>
/// Adds up what all ranks have sent, that of rank 0 first: libraries choose an order of their own, which may be another for each size of
/// message, and know no bfloat16.
/// </summary>
internal static unsafe class RankOrderSum
{
    /// <summary>Elements of a sum in 32 bits that are alive at a time.</summary>
    private const int Piece = 4096;

    /// <summary>target ← Σ over ranks.</summary>
    /// <param name="parts">What each rank has sent, one after the other, <paramref name="target"/>'s number of elements each.</param>
    /// <param name="size">How many ranks.</param>
    /// <param name="target">Is filled; not part of what is added up.</param>
    public static void Compute(nint parts, int size, ElementBuffer target)
    {
        switch (target.Type)
        {
            case ElementType.Float32: Add<float>(parts, size, target); break;
            case ElementType.Float64: Add<double>(parts, size, target); break;
            case ElementType.Int64: Add<long>(parts, size, target); break;
            case ElementType.BFloat16: AddBFloat16((ushort*)parts, size, (ushort*)target.Address, target.Count); break;
            default: throw new ArgumentException("Bytes are not added up.");
        }
    }

    /// <summary>The upper half of a float, rounded to the nearest, to even where two are as near; what is no number stays none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FromBFloat16(ushort half) => BitConverter.UInt32BitsToSingle((uint)half << 16);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add<T>(nint parts, int size, ElementBuffer target) where T : unmanaged, INumber<T>
    {
        T* first = (T*)parts, sum = (T*)target.Address;
        long count = target.Count;
        Buffer.MemoryCopy(first, sum, count * sizeof(T), count * sizeof(T));
        for (int rank = 1; rank < size; rank++)
        {
            T* part = first + rank * count;
            long i = 0;
            for (; i + Vector<T>.Count <= count; i += Vector<T>.Count)
                (Unsafe.ReadUnaligned<Vector<T>>(sum + i) + Unsafe.ReadUnaligned<Vector<T>>(part + i)).Store(sum + i);
            for (; i < count; i++) sum[i] += part[i];
        }
    }

    private static void AddBFloat16(ushort* parts, int size, ushort* target, long count)
    {
        float* sums = stackalloc float[Piece];
        for (long start = 0; start < count; start += Piece)
        {
            int length = (int)Math.Min(Piece, count - start);
            for (int i = 0; i < length; i++) sums[i] = FromBFloat16(parts[start + i]);
            for (int rank = 1; rank < size; rank++)
                for (int i = 0; i < length; i++) sums[i] += FromBFloat16(parts[rank * count + start + i]);
            for (int i = 0; i < length; i++) target[start + i] = ToBFloat16(sums[i]);
        }
    }
}
