using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cs336.Inference;

/// <summary>AVX-VNNI: one instruction multiplies unsigned with signed bytes and adds up each four products.</summary>
internal readonly unsafe struct VnniDot : IInt8Dot
{
    public static int Excess => 128;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Begin(int offset) => Vector256.CreateScalar(offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Prepare(sbyte* weights) => Vector256.Load((byte*)weights) ^ Vector256.Create((byte)0x80);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddBlock(Vector256<int> sums, Vector256<byte> low, Vector256<byte> high, sbyte* weights, sbyte* inputs)
    {
        sums = AvxVnni.MultiplyWideningAndAdd(sums, low, Vector256.Load(inputs));
        return AvxVnni.MultiplyWideningAndAdd(sums, high, Vector256.Load(inputs + 32));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> SignedProducts(Vector256<byte> prepared, sbyte* weights, sbyte* inputs) =>
        UnsignedProducts(prepared, inputs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> UnsignedProducts(Vector256<byte> weights, sbyte* inputs) =>
        AvxVnni.MultiplyWideningAndAdd(Vector256<int>.Zero, weights, Vector256.Load(inputs));
}
