using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>Blocks of Q4_0, as they lie in a GGUF file.</summary>
internal readonly unsafe struct Q4Blocks<TDot> : IWeightBlocks
    where TDot : IInt8Dot
{
    public static int Bytes => WeightBlocks.Q4Bytes;

    public static int? ExcessShift => 3; // the middle is 8

    public static bool IsTiled => TDot.IsTiled;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Products(byte* first, byte* second, sbyte* inputs)
    {
        Vector256<byte> both = Vector256.Create(
            Vector128.Load(first + WeightBlocks.ScaleBytes), Vector128.Load(second + WeightBlocks.ScaleBytes));
        Vector256<byte> mask = Vector256.Create((byte)0xF), begin = both & mask, end = (both.AsUInt16() >> 4).AsByte() & mask;
        Vector256<int> sums = TDot.AddUnsigned(Vector256<int>.Zero, begin, Vector256.Load(inputs));
        return TDot.Total(TDot.AddUnsigned(sums, end, Vector256.Load(inputs + BlockPairs.End)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Unpack(byte* block)
    {
        Vector128<byte> pairs = Vector128.Load(block + WeightBlocks.ScaleBytes);
        return Vector256.Create(pairs, (pairs.AsUInt16() >> 4).AsByte()) & Vector256.Create((byte)0xF);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddProducts(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        TDot.AddUnsigned(sums, weights, inputs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Total(Vector256<int> sums) => TDot.Total(sums);
}
