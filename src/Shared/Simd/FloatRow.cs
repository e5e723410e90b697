using System.Runtime.CompilerServices;

namespace Cs336.Simd;

/// <summary>Loops over a row of numbers that several kernels need.</summary>
/// <typeparam name="TLanes">The width of register.</typeparam>
/// <typeparam name="TVector">The register.</typeparam>
internal static unsafe class FloatRow<TLanes, TVector>
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
{
    /// <summary>The largest of at least one number; NaN only where the first is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Max(float* row, int count)
    {
        int i = 0;
        float result = row[0];
        if (count >= TLanes.Count)
        {
            TVector max = TLanes.Load(row);
            for (i = TLanes.Count; i + TLanes.Count <= count; i += TLanes.Count) max = TLanes.Max(max, TLanes.Load(row + i));
            result = TLanes.Maximum(max);
        }
        for (; i < count; i++) result = MathF.Max(result, row[i]);
        return result;
    }

    /// <summary>to = factor · from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(float* from, float* to, int count, float factor)
    {
        TVector factors = TLanes.Broadcast(factor);
        int i = 0;
        for (; i + TLanes.Count <= count; i += TLanes.Count) TLanes.Store(TLanes.Multiply(TLanes.Load(from + i), factors), to + i);
        for (; i < count; i++) to[i] = from[i] * factor;
    }
}
