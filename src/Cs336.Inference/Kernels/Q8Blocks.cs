using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>Blocks of Q8_0, as they lie in a GGUF file.</summary>
internal readonly unsafe struct Q8Blocks<TDot> : IWeightBlocks
    where TDot : IInt8Dot
{
    public static int Bytes => WeightBlocks.Q8Bytes;

    public static int? ExcessShift => TDot.ExcessShift;

    public static bool IsTiled => TDot.IsTiled;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Products(byte* block, sbyte* inputs) =>
        TDot.SignedProducts((sbyte*)block + WeightBlocks.ScaleBytes, inputs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Unpack(byte* block) => TDot.Unpack((sbyte*)block + WeightBlocks.ScaleBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddProducts(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        TDot.AddSigned(sums, weights, inputs);
}
