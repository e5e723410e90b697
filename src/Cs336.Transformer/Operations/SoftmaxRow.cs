using System.Runtime.CompilerServices;
using Cs336.Simd;

namespace Cs336.Transformer;

/// <summary>The softmax of one query's scores, and the way back through it, with one width of register.</summary>
internal static unsafe class SoftmaxRow<TLanes, TVector>
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
{
    /// <summary>x ← exp(x - shift) for the first <paramref name="count"/> of a row, zero for the others; returns the sum.</summary>
    /// <param name="row">x.</param>
    /// <param name="count">How many positions the query sees.</param>
    /// <param name="seen">How many its tile does.</param>
    /// <param name="shift">The greatest score, so that nothing overflows; or log Σ exp, which makes probabilities of scores.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Exponentiate(float* row, int count, int seen, float shift)
    {
        ShiftedExponential<TLanes, TVector> exponential = new(shift);
        int whole = count / TLanes.Count * TLanes.Count;
        TVector sum = MapAndSum.Run<TVector, TVector, ShiftedExponential<TLanes, TVector>>(row, row, whole, exponential);
        if (whole < count) TLanes.Store(exponential.Map(TLanes.Load(row + whole)), row + whole);
        float rest = 0;
        for (int i = whole; i < count; i++) rest += row[i];
        for (int i = count; i < seen; i++) row[i] = 0;
        return TLanes.Sum(sum) + rest;
    }

    /// <summary>The gradient through the softmax, dS √d = P ⊙ (dP - dO · O), in place of dP.</summary>
    /// <param name="probabilities">P.</param>
    /// <param name="gradients">dP.</param>
    /// <param name="seen">How many positions, in whole registers.</param>
    /// <param name="product">dO · O.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Differentiate(float* probabilities, float* gradients, int seen, float product)
    {
        TVector products = TLanes.Broadcast(product);
        for (int position = 0; position < seen; position += TLanes.Count)
            TLanes.Store(
                TLanes.Multiply(TLanes.Load(probabilities + position), TLanes.Subtract(TLanes.Load(gradients + position), products)),
                gradients + position);
    }

    /// <summary>The sum of the products of two vectors' numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(float* left, float* right, int size)
    {
        TVector sum = default;
        int i = 0;
        for (; i + TLanes.Count <= size; i += TLanes.Count) sum = TLanes.MultiplyAdd(TLanes.Load(left + i), TLanes.Load(right + i), sum);
        float result = TLanes.Sum(sum);
        for (; i < size; i++) result += left[i] * right[i];
        return result;
    }
}
