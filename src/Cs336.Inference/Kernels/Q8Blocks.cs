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
    public static Vector256<int> Products(byte* first, byte* second, sbyte* inputs)
    {
        first += WeightBlocks.ScaleBytes;
        second += WeightBlocks.ScaleBytes;
        Vector256<byte> begin = TDot.Unpack(Vector256.Create(Vector128.Load(first), Vector128.Load(second)));
        Vector256<byte> end = TDot.Unpack(
            Vector256.Create(Vector128.Load(first + BlockPairs.Half), Vector128.Load(second + BlockPairs.Half)));
        Vector256<int> sums = TDot.AddSigned(Vector256<int>.Zero, begin, Vector256.Load(inputs));
        return TDot.AddSigned(sums, end, Vector256.Load(inputs + BlockPairs.End));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Unpack(byte* block) => TDot.Unpack(Vector256.Load(block + WeightBlocks.ScaleBytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddProducts(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        TDot.AddSigned(sums, weights, inputs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Total(Vector256<int> sums) => sums;
}
