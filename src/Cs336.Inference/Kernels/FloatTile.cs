using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>
/// Three rows of float weights times four vectors, so that each loaded register is used for three or four products. Twelve sums, one
/// register of each row and one of a vector fill the 16 registers that every processor has; therefore a first pass over the rows adds up
/// their even registers and a second pass the odd ones. With the 32 registers of AVX-512 one pass does both. The sums are those of
/// <see cref="FloatKernels{TFormat, TLanes, TVector}"/>, to the last bit.
/// </summary>
internal static unsafe class FloatTile<TFormat, TLanes, TVector>
    where TFormat : IWeightFormat
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
{
    /// <summary>Rows and vectors of a tile.</summary>
    public const int Rows = 3, Vectors = 4;

    private const int Sums = Rows * Vectors;

    /// <summary>Multiplies four vectors with rows, of which the last tile may have fewer.</summary>
    /// <param name="matrix">The weights, (rows, columns).</param>
    /// <param name="begin">The first row to multiply.</param>
    /// <param name="end">The row after the last.</param>
    /// <param name="input">Vectors of the matrix's columns.</param>
    /// <param name="vector">Index of the first of the four vectors.</param>
    /// <param name="output">Vectors of the matrix's rows, which receive the results.</param>
    /// <param name="add">Whether to add to what the output holds.</param>
    /// <param name="prefetch">What to ask the memory for with each tile.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        WeightMatrix matrix, int begin, int end, Activations input, int vector, Activations output, bool add, BlockPrefetch prefetch)
    {
        int width = TLanes.Count, registers = matrix.Columns / width, rest = matrix.Columns - (registers * width);
        long rowBytes = matrix.RowBytes, stride = input.Width;
        byte* weights = matrix.Data + (begin * rowBytes);
        float* x = input.Row(vector), y = output.Row(vector) + begin, sums = stackalloc float[Sums * width];
        for (int i = begin; i < end; i += Rows, weights += Rows * rowBytes, y += Rows)
        {
            int rows = Math.Min(Rows, end - i);
            // Where fewer rows are left, the first one takes the place of the others, and those results are not used.
            byte* second = rows > 1 ? weights + rowBytes : weights, third = rows > 2 ? second + rowBytes : weights;
            prefetch.Ask(weights);
            if (typeof(TLanes) == typeof(Lanes512)) AddUpAtOnce(weights, second, third, x, stride, registers, sums);
            else AddUpByTurns(weights, second, third, x, stride, registers, sums);
            for (int v = 0; v < Vectors; v++)
            {
                float* at = sums + (v * Rows * width), result = y + ((long)v * output.Width);
                Vector128<float> dots = TLanes.Sums(TLanes.Load(at), TLanes.Load(at + width), TLanes.Load(at + (2 * width)));
                if (rest != 0) dots = AddRest(dots, weights, second, third, x + (v * stride), matrix.Columns - rest, rest);
                result[0] = add ? result[0] + dots[0] : dots[0];
                if (rows > 1) result[1] = add ? result[1] + dots[1] : dots[1];
                if (rows > 2) result[2] = add ? result[2] + dots[2] : dots[2];
            }
        }
    }

    /// <summary>
    /// For each vector the sums of its products with the three rows, without the numbers that fill no register. With 16 registers, in two
    /// passes.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void AddUpByTurns(byte* first, byte* second, byte* third, float* x, long stride, int registers, float* sums)
    {
        int width = TLanes.Count, bytes = 2 * width * TFormat.Size;
        float* end = x + (registers * width);
        for (int odd = 0; odd < 2; odd++)
        {
            TVector a0 = TLanes.Broadcast(0), a1 = a0, a2 = a0, b0 = a0, b1 = a0, b2 = a0;
            TVector c0 = a0, c1 = a0, c2 = a0, d0 = a0, d1 = a0, d2 = a0;
            long at = (long)odd * width * TFormat.Size;
            float* values = x + (odd * width), fourth = values + (3 * stride);
            for (; values < end; values += 2 * width, fourth += 2 * width, at += bytes)
            {
                TVector w0 = TFormat.Load<TLanes, TVector>(first + at), w1 = TFormat.Load<TLanes, TVector>(second + at);
                TVector w2 = TFormat.Load<TLanes, TVector>(third + at);
                TVector value = TLanes.Load(values);
                (a0, a1, a2) = (TLanes.MultiplyAdd(w0, value, a0), TLanes.MultiplyAdd(w1, value, a1), TLanes.MultiplyAdd(w2, value, a2));
                value = TLanes.Load(values + stride);
                (b0, b1, b2) = (TLanes.MultiplyAdd(w0, value, b0), TLanes.MultiplyAdd(w1, value, b1), TLanes.MultiplyAdd(w2, value, b2));
                value = TLanes.Load(values + (2 * stride));
                (c0, c1, c2) = (TLanes.MultiplyAdd(w0, value, c0), TLanes.MultiplyAdd(w1, value, c1), TLanes.MultiplyAdd(w2, value, c2));
                value = TLanes.Load(fourth);
                (d0, d1, d2) = (TLanes.MultiplyAdd(w0, value, d0), TLanes.MultiplyAdd(w1, value, d1), TLanes.MultiplyAdd(w2, value, d2));
            }
            if (odd != 0)
            {
                (a0, a1, a2) = (Plus(sums, a0), Plus(sums + width, a1), Plus(sums + (2 * width), a2));
                (b0, b1, b2) = (Plus(sums + (3 * width), b0), Plus(sums + (4 * width), b1), Plus(sums + (5 * width), b2));
                (c0, c1, c2) = (Plus(sums + (6 * width), c0), Plus(sums + (7 * width), c1), Plus(sums + (8 * width), c2));
                (d0, d1, d2) = (Plus(sums + (9 * width), d0), Plus(sums + (10 * width), d1), Plus(sums + (11 * width), d2));
            }
            Put(sums, a0, a1, a2);
            Put(sums + (3 * width), b0, b1, b2);
            Put(sums + (6 * width), c0, c1, c2);
            Put(sums + (9 * width), d0, d1, d2);
        }
    }

    /// <summary>The same with 32 registers, in one pass.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void AddUpAtOnce(byte* first, byte* second, byte* third, float* x, long stride, int registers, float* sums)
    {
        int width = TLanes.Count, bytes = width * TFormat.Size;
        TVector a0 = TLanes.Broadcast(0), a1 = a0, a2 = a0, b0 = a0, b1 = a0, b2 = a0, c0 = a0, c1 = a0, c2 = a0, d0 = a0, d1 = a0, d2 = a0;
        TVector e0 = a0, e1 = a0, e2 = a0, f0 = a0, f1 = a0, f2 = a0, g0 = a0, g1 = a0, g2 = a0, h0 = a0, h1 = a0, h2 = a0;
        float* end = x + (registers * width), fourth = x + (3 * stride);
        long at = 0;
        for (; x < end; x += 2 * width, fourth += 2 * width, at += 2 * bytes)
        {
            TVector w0 = TFormat.Load<TLanes, TVector>(first + at), w1 = TFormat.Load<TLanes, TVector>(second + at);
            TVector w2 = TFormat.Load<TLanes, TVector>(third + at);
            TVector value = TLanes.Load(x);
            (a0, a1, a2) = (TLanes.MultiplyAdd(w0, value, a0), TLanes.MultiplyAdd(w1, value, a1), TLanes.MultiplyAdd(w2, value, a2));
            value = TLanes.Load(x + stride);
            (b0, b1, b2) = (TLanes.MultiplyAdd(w0, value, b0), TLanes.MultiplyAdd(w1, value, b1), TLanes.MultiplyAdd(w2, value, b2));
            value = TLanes.Load(x + (2 * stride));
            (c0, c1, c2) = (TLanes.MultiplyAdd(w0, value, c0), TLanes.MultiplyAdd(w1, value, c1), TLanes.MultiplyAdd(w2, value, c2));
            value = TLanes.Load(fourth);
            (d0, d1, d2) = (TLanes.MultiplyAdd(w0, value, d0), TLanes.MultiplyAdd(w1, value, d1), TLanes.MultiplyAdd(w2, value, d2));
            if (x + width == end) break; // an odd number of registers

            (w0, w1, w2) = (
                TFormat.Load<TLanes, TVector>(first + at + bytes), TFormat.Load<TLanes, TVector>(second + at + bytes),
                TFormat.Load<TLanes, TVector>(third + at + bytes));
            value = TLanes.Load(x + width);
            (e0, e1, e2) = (TLanes.MultiplyAdd(w0, value, e0), TLanes.MultiplyAdd(w1, value, e1), TLanes.MultiplyAdd(w2, value, e2));
            value = TLanes.Load(x + stride + width);
            (f0, f1, f2) = (TLanes.MultiplyAdd(w0, value, f0), TLanes.MultiplyAdd(w1, value, f1), TLanes.MultiplyAdd(w2, value, f2));
            value = TLanes.Load(x + (2 * stride) + width);
            (g0, g1, g2) = (TLanes.MultiplyAdd(w0, value, g0), TLanes.MultiplyAdd(w1, value, g1), TLanes.MultiplyAdd(w2, value, g2));
            value = TLanes.Load(fourth + width);
            (h0, h1, h2) = (TLanes.MultiplyAdd(w0, value, h0), TLanes.MultiplyAdd(w1, value, h1), TLanes.MultiplyAdd(w2, value, h2));
        }
        Put(sums, TLanes.Add(a0, e0), TLanes.Add(a1, e1), TLanes.Add(a2, e2));
        Put(sums + (3 * width), TLanes.Add(b0, f0), TLanes.Add(b1, f1), TLanes.Add(b2, f2));
        Put(sums + (6 * width), TLanes.Add(c0, g0), TLanes.Add(c1, g1), TLanes.Add(c2, g2));
        Put(sums + (9 * width), TLanes.Add(d0, h0), TLanes.Add(d1, h1), TLanes.Add(d2, h2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Plus(float* stored, TVector value) => TLanes.Add(TLanes.Load(stored), value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* sums, TVector first, TVector second, TVector third)
    {
        TLanes.Store(first, sums);
        TLanes.Store(second, sums + TLanes.Count);
        TLanes.Store(third, sums + (2 * TLanes.Count));
    }

    private static Vector128<float> AddRest(
        Vector128<float> dots, byte* first, byte* second, byte* third, float* x, int column, int count) => Vector128.Create(
        FloatKernels<TFormat, TLanes, TVector>.AddRest(dots[0], first + (column * TFormat.Size), x + column, count),
        FloatKernels<TFormat, TLanes, TVector>.AddRest(dots[1], second + (column * TFormat.Size), x + column, count),
        FloatKernels<TFormat, TLanes, TVector>.AddRest(dots[2], third + (column * TFormat.Size), x + column, count),
        0);
}
