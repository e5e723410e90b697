using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cs336.Inference;

/// <summary>Bytes widened to 16 bits, multiplied, and added in pairs: AVX2.</summary>
internal readonly unsafe struct WideningDot : IInt8Dot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Begin(int offset) => Vector256<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddBlock(Vector256<int> sums, sbyte* weights, sbyte* inputs)
    {
        for (int i = 0; i < Activations.Block; i += Vector128<sbyte>.Count)
            sums += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(weights + i), Avx2.ConvertToVector256Int16(inputs + i));
        return sums;
    }
}
