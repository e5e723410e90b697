using System.Runtime.Intrinsics;

namespace Cs336.Simd;

/// <summary>
/// A SIMD register of float32 numbers as the kernels use it: a kernel is written once and compiled for registers of 512, 256 and 128 bits
/// and for a single number.
/// </summary>
/// <typeparam name="TVector">The register.</typeparam>
internal unsafe interface IFloatLanes<TVector> where TVector : struct
{
    /// <summary>Numbers in a register: 1, 4, 8 or 16.</summary>
    static abstract int Count { get; }

    /// <summary>The same number in every lane.</summary>
    static abstract TVector Broadcast(float value);

    static abstract TVector Load(float* source);

    /// <summary>Widens bfloat16 numbers, which are the upper halves of float32 ones.</summary>
    static abstract TVector LoadBFloat16(ushort* source);

    static abstract void Store(TVector value, float* destination);
    static abstract TVector Add(TVector a, TVector b);
    static abstract TVector Subtract(TVector a, TVector b);
    static abstract TVector Multiply(TVector a, TVector b);
    static abstract TVector Divide(TVector a, TVector b);

    /// <summary>a · b + c, rounded once where the processor can.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>The smaller of each pair; <paramref name="b"/> where it is NaN.</summary>
    static abstract TVector Min(TVector a, TVector b);

    /// <summary>The larger of each pair; <paramref name="b"/> where it is NaN.</summary>
    static abstract TVector Max(TVector a, TVector b);

    /// <summary>Exchanges the numbers of each pair (2i, 2i + 1).</summary>
    static abstract TVector SwapPairs(TVector value);

    /// <summary>value · 2ⁿ, where the lowest bits of <paramref name="shifted"/>'s representation are the integer n.</summary>
    static abstract TVector ScaleByPowerOfTwo(TVector value, TVector shifted);

    /// <summary>The sum of a register's numbers: of its two halves first, of the halves of the result then, and so on.</summary>
    static abstract float Sum(TVector value);

    /// <summary>The sums of three registers, each the same bits as <see cref="Sum"/>'s.</summary>
    static abstract Vector128<float> Sums(TVector a, TVector b, TVector c);

    /// <summary>The largest of a register's numbers.</summary>
    static abstract float Maximum(TVector value);
}
