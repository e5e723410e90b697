using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>Widens bytes before it multiplies them, with instructions that every processor has.</summary>
internal readonly unsafe struct PortableDot : IInt8Dot
{
    public static int? ExcessShift => null;

    public static bool IsTiled => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Begin(int offset) => Vector256<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Prepare(sbyte* weights) => Vector256<byte>.Zero; // not used: AddBlock reads the weights themselves

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddBlock(Vector256<int> sums, Vector256<byte> low, Vector256<byte> high, sbyte* weights, sbyte* inputs)
    {
        Vector128<int> lower = sums.GetLower(), upper = sums.GetUpper();
        for (int i = 0; i < Activations.Block; i += Vector128<sbyte>.Count)
        {
            (Vector128<short> w0, Vector128<short> w1) = Vector128.Widen(Vector128.Load(weights + i));
            (Vector128<short> x0, Vector128<short> x1) = Vector128.Widen(Vector128.Load(inputs + i));
            (Vector128<int> a, Vector128<int> b) = Vector128.Widen(w0 * x0); // at most 127 · 128, so 16 bits hold it
            (Vector128<int> c, Vector128<int> d) = Vector128.Widen(w1 * x1);
            lower += a + c;
            upper += b + d;
        }
        return Vector256.Create(lower, upper);
    }

    public static Vector256<byte> Unpack(Vector256<byte> weights) => weights;

    /// <summary>Other lanes than those of the processors with an instruction for it, in the same half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddSigned(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs) => Vector256.Create(
        sums.GetLower() + Products(weights.GetLower().AsSByte(), inputs.GetLower()),
        sums.GetUpper() + Products(weights.GetUpper().AsSByte(), inputs.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddUnsigned(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        AddSigned(sums, weights, inputs); // up to 15 they are the same

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Total(Vector256<int> sums) => sums;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Products(Vector128<sbyte> weights, Vector128<sbyte> inputs)
    {
        (Vector128<short> w0, Vector128<short> w1) = Vector128.Widen(weights);
        (Vector128<short> x0, Vector128<short> x1) = Vector128.Widen(inputs);
        (Vector128<int> a, Vector128<int> b) = Vector128.Widen(w0 * x0); // at most 128 · 127, so 16 bits hold it
        (Vector128<int> c, Vector128<int> d) = Vector128.Widen(w1 * x1);
        return (a + c) + (b + d);
    }
}
