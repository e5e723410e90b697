using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>Blocks of Q4_0, as they lie in a GGUF file.</summary>
internal readonly unsafe struct Q4Blocks<TDot> : IWeightBlocks
    where TDot : IInt8Dot
{
    public static int Bytes => WeightBlocks.Q4Bytes;

    public static int Excess => WeightBlocks.Q4Middle;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Prepare(byte* block)
    {
        Vector128<byte> pairs = Vector128.Load(block + WeightBlocks.ScaleBytes);
        return Vector256.Create(pairs, (pairs.AsUInt16() >> 4).AsByte()) & Vector256.Create((byte)0xF);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Products(Vector256<byte> prepared, byte* block, sbyte* inputs) => TDot.UnsignedProducts(prepared, inputs);
}
