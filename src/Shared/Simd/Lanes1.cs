using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cs336.Simd;

/// <summary>One number: all that a processor without SIMD computes at a time.</summary>
internal readonly unsafe struct Lanes1 : IFloatLanes<float>
{
    public static int Count => 1;

    public static float Broadcast(float value) => value;

    public static float Load(float* source) => *source;

    public static float LoadBFloat16(ushort* source) => BitConverter.Int32BitsToSingle(*source << 16);

    public static void Store(float value, float* destination) => *destination = value;

    public static float Add(float a, float b) => a + b;

    public static float Subtract(float a, float b) => a - b;

    public static float Multiply(float a, float b) => a * b;

    public static float Divide(float a, float b) => a / b;

    public static float MultiplyAdd(float a, float b, float c) => (a * b) + c;

    public static float Min(float a, float b) => a < b ? a : b;

    public static float Max(float a, float b) => a > b ? a : b;

    /// <summary>A pair does not fit into one number.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public static float SwapPairs(float value) => throw new NotSupportedException("One lane holds no pair.");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ScaleByPowerOfTwo(float value, float shifted) =>
        BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(value) + (BitConverter.SingleToInt32Bits(shifted) << 23));

    public static float Sum(float value) => value;

    public static Vector128<float> Sums(float a, float b, float c) => Vector128.Create(a, b, c, 0);

    public static float Maximum(float value) => value;
}
