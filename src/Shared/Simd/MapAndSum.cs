using System.Runtime.CompilerServices;

namespace Cs336.Simd;

/// <summary>
/// The loop of a softmax's numerators, wherever there is one: y ← f(x), and the sum of all y. Which exponential f is, in which precision
/// the results are added up and in which order is the operator's.
/// </summary>
internal static unsafe class MapAndSum
{
    /// <summary>Maps whole registers and adds up the results by lane; what fills no register is the caller's.</summary>
    /// <param name="from">x.</param>
    /// <param name="to">y; may be x.</param>
    /// <param name="count">How many numbers, a multiple of a register's.</param>
    /// <param name="operation">f, and how to add.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TSum Run<TVector, TSum, TOperator>(float* from, float* to, int count, TOperator operation)
        where TVector : struct
        where TSum : struct
        where TOperator : struct, IMapAndSum<TVector, TSum>
    {
        TSum sum = default;
        for (int i = 0; i < count; i += Unsafe.SizeOf<TVector>() / sizeof(float))
        {
            TVector mapped = operation.Map(Unsafe.ReadUnaligned<TVector>(from + i));
            Unsafe.WriteUnaligned(to + i, mapped);
            sum = operation.Add(sum, mapped);
        }
        return sum;
    }
}
