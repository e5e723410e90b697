using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>Blocks of Q8_0, as they lie in a GGUF file.</summary>
internal readonly unsafe struct Q8Blocks<TDot> : IWeightBlocks
    where TDot : IInt8Dot
{
    public static int Bytes => WeightBlocks.Q8Bytes;

    public static int Excess => TDot.Excess;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Prepare(byte* block) => TDot.Prepare((sbyte*)block + WeightBlocks.ScaleBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Products(Vector256<byte> prepared, byte* block, sbyte* inputs) =>
        TDot.SignedProducts(prepared, (sbyte*)block + WeightBlocks.ScaleBytes, inputs);
}
