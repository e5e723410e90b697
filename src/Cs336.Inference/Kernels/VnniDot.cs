using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cs336.Inference;

/// <summary>AVX-VNNI: one instruction multiplies unsigned with signed bytes and adds up each four products.</summary>
internal readonly unsafe struct VnniDot : IInt8Dot
{
    public static int? ExcessShift => 7;

    public static bool IsTiled => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Begin(int offset) => Vector256.CreateScalar(offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Prepare(sbyte* weights) => Unpack(Vector256.Load((byte*)weights));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddBlock(Vector256<int> sums, Vector256<byte> low, Vector256<byte> high, sbyte* weights, sbyte* inputs)
    {
        sums = AvxVnni.MultiplyWideningAndAdd(sums, low, Vector256.Load(inputs));
        return AvxVnni.MultiplyWideningAndAdd(sums, high, Vector256.Load(inputs + 32));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Unpack(Vector256<byte> weights) => weights ^ Vector256.Create((byte)0x80);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddSigned(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        AvxVnni.MultiplyWideningAndAdd(sums, weights, inputs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddUnsigned(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        AvxVnni.MultiplyWideningAndAdd(sums, weights, inputs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Total(Vector256<int> sums) => sums;
}
