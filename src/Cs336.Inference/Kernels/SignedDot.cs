using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cs336.Inference;

/// <summary>
/// AVX2: an instruction multiplies unsigned with signed bytes and adds up pairs. So the magnitudes of the weights are multiplied with the
/// inputs, whose signs are changed where a weight is negative. Magnitudes are at most 128 and inputs at most 127, so that the sum of a pair
/// fits into 16 bits.
/// </summary>
internal readonly unsafe struct SignedDot : IInt8Dot
{
    public static int? ExcessShift => null;

    public static bool IsTiled => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Begin(int offset) => Vector256<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Prepare(sbyte* weights) => Avx2.Abs(Vector256.Load(weights));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddBlock(Vector256<int> sums, Vector256<byte> low, Vector256<byte> high, sbyte* weights, sbyte* inputs)
    {
        Vector256<short> ones = Vector256.Create((short)1);
        Vector256<short> first = Avx2.MultiplyAddAdjacent(low, Avx2.Sign(Vector256.Load(inputs), Vector256.Load(weights)));
        Vector256<short> second = Avx2.MultiplyAddAdjacent(high, Avx2.Sign(Vector256.Load(inputs + 32), Vector256.Load(weights + 32)));
        return Avx2.MultiplyAddAdjacent(first, ones) + Avx2.MultiplyAddAdjacent(second, ones); // sums are the zeros of Begin
    }

    public static Vector256<byte> Unpack(Vector256<byte> weights) => weights;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddSigned(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        sums + Total(Avx2.MultiplyAddAdjacent(Avx2.Abs(weights.AsSByte()), Avx2.Sign(inputs, weights.AsSByte())).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddUnsigned(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        (sums.AsInt16() + Avx2.MultiplyAddAdjacent(weights, inputs)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Total(Vector256<int> sums) =>
        Avx2.MultiplyAddAdjacent(sums.AsInt16(), Vector256.Create((short)1));
}
