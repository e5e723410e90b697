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
    public static Vector256<int> Products(byte* block, sbyte* inputs) =>
        TDot.AddUnsigned(Vector256<int>.Zero, Unpack(block), Vector256.Load(inputs));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Unpack(byte* block)
    {
        Vector128<byte> pairs = Vector128.Load(block + WeightBlocks.ScaleBytes);
        return Vector256.Create(pairs, (pairs.AsUInt16() >> 4).AsByte()) & Vector256.Create((byte)0xF);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddProducts(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        TDot.AddUnsigned(sums, weights, inputs);
}
