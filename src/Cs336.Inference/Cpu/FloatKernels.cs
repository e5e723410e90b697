using System.Runtime.CompilerServices;

namespace Cs336.Inference;

/// <summary>
/// Products of a matrix of float weights with vectors. Each is summed in one order whatever is computed beside it, so that a
/// token's results are the same bits alone, in a prompt and in a batch: registers of a row go by turns to four sums, those are
/// added as (0 + 1) + (2 + 3), then across, then what is left of the row number by number.
/// </summary>
internal static unsafe class FloatKernels<TFormat, TLanes, TVector>
    where TFormat : IWeightFormat
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
{
    private const int Sums = 4, BlockRows = 4, BlockVectors = 2;

    public static void Multiply(WeightMatrix matrix, int begin, int end, Activations input, int count, Activations output, bool add)
    {
        int blockVectors = count / BlockVectors * BlockVectors, blockEnd = begin + ((end - begin) / BlockRows * BlockRows);
        long rowBytes = matrix.RowBytes;
        float* results = stackalloc float[BlockRows * BlockVectors];
        for (int row = begin; blockVectors > 0 && row < blockEnd; row += BlockRows)
        {
            for (int vector = 0; vector < blockVectors; vector += BlockVectors)
            {
                MultiplyBlock(matrix.Data + (row * rowBytes), rowBytes, input.Row(vector), input.Row(vector + 1), matrix.Columns, results);
                for (int i = 0; i < BlockRows; i++)
                {
                    output.Put(vector, row + i, results[i], add);
                    output.Put(vector + 1, row + i, results[BlockRows + i], add);
                }
            }
        }
        // What is not in a block: the rest of the rows for the blocks' vectors, and all rows for the rest of the vectors.
        for (int vector = 0; vector < count; vector++)
            MultiplyRows(matrix, vector < blockVectors ? blockEnd : begin, end, input.Row(vector), output.Row(vector), add);
    }

    /// <summary>In a method of its own, whose loop then has the registers for itself.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRows(WeightMatrix matrix, int begin, int end, float* x, float* y, bool add)
    {
        int columns = matrix.Columns;
        long rowBytes = matrix.RowBytes;
        byte* weights = matrix.Data + (begin * rowBytes);
        for (int row = begin; row < end; row++, weights += rowBytes)
        {
            float dot = Dot(weights, x, columns);
            y[row] = add ? y[row] + dot : dot;
        }
    }

    /// <summary>One row at a time, from its beginning to its end, is what the processor's prefetching follows best.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(byte* row, float* x, int columns)
    {
        TVector a = TLanes.Broadcast(0), b = a, c = a, d = a;
        int width = TLanes.Count, bytes = width * TFormat.Size, k = 0;
        for (; k + (Sums * width) <= columns; k += Sums * width)
        {
            a = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(row), TLanes.Load(x + k), a);
            b = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(row + bytes), TLanes.Load(x + k + width), b);
            c = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(row + (2 * bytes)), TLanes.Load(x + k + (2 * width)), c);
            d = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(row + (3 * bytes)), TLanes.Load(x + k + (3 * width)), d);
            row += Sums * bytes;
        }
        if (k + width <= columns) a = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(row), TLanes.Load(x + k), a);
        if (k + (2 * width) <= columns) b = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(row + bytes), TLanes.Load(x + k + width), b);
        if (k + (3 * width) <= columns) c = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(row + (2 * bytes)), TLanes.Load(x + k + (2 * width)), c);
        int done = (columns - k) / width * width;
        float sum = TLanes.Sum(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)));
        return columns == k + done ? sum : AddRest(sum, row + (done * TFormat.Size), x + k + done, columns - k - done);
    }

    private static float AddRest(float sum, byte* row, float* x, int count)
    {
        for (int i = 0; i < count; i++) sum += TFormat.LoadOne(row + (i * TFormat.Size)) * x[i];
        return sum;
    }

    /// <summary>
    /// Four rows by two vectors: each number loaded takes part in two or four products. The four sums are formed one after the
    /// other, in passes over what is then in the first-level cache, because eight results with four sums each do not fit the registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyBlock(byte* weights, long rowBytes, float* x, float* y, int columns, float* results)
    {
        const int Outputs = BlockRows * BlockVectors;
        int width = TLanes.Count;
        float* sums = stackalloc float[Sums * Outputs * width];
        for (int pass = 0; pass < Sums; pass++) Pass(weights, rowBytes, x, y, pass * width, columns, sums + (pass * Outputs * width));
        int done = columns / width * width;
        for (int output = 0; output < Outputs; output++)
        {
            float* first = sums + (output * width);
            int next = Outputs * width;
            TVector low = TLanes.Add(TLanes.Load(first), TLanes.Load(first + next)), high = TLanes.Add(TLanes.Load(first + (2 * next)), TLanes.Load(first + (3 * next)));
            float sum = TLanes.Sum(TLanes.Add(low, high));
            results[output] = done == columns
                ? sum
                : AddRest(sum, weights + (output % BlockRows * rowBytes) + (done * TFormat.Size), (output < BlockRows ? x : y) + done, columns - done);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Pass(byte* weights, long rowBytes, float* x, float* y, int start, int columns, float* sums)
    {
        int width = TLanes.Count;
        TVector a = TLanes.Broadcast(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
        byte* r0 = weights + (start * TFormat.Size), r1 = r0 + rowBytes, r2 = r1 + rowBytes, r3 = r2 + rowBytes;
        nint step = Sums * width * TFormat.Size, offset = 0;
        for (int k = start; k + width <= columns; k += Sums * width, offset += step)
        {
            TVector left = TLanes.Load(x + k), right = TLanes.Load(y + k);
            TVector w = TFormat.Load<TLanes, TVector>(r0 + offset);
            a = TLanes.MultiplyAdd(w, left, a);
            e = TLanes.MultiplyAdd(w, right, e);
            w = TFormat.Load<TLanes, TVector>(r1 + offset);
            b = TLanes.MultiplyAdd(w, left, b);
            f = TLanes.MultiplyAdd(w, right, f);
            w = TFormat.Load<TLanes, TVector>(r2 + offset);
            c = TLanes.MultiplyAdd(w, left, c);
            g = TLanes.MultiplyAdd(w, right, g);
            w = TFormat.Load<TLanes, TVector>(r3 + offset);
            d = TLanes.MultiplyAdd(w, left, d);
            h = TLanes.MultiplyAdd(w, right, h);
        }
        TLanes.Store(a, sums);
        TLanes.Store(b, sums + width);
        TLanes.Store(c, sums + (2 * width));
        TLanes.Store(d, sums + (3 * width));
        TLanes.Store(e, sums + (4 * width));
        TLanes.Store(f, sums + (5 * width));
        TLanes.Store(g, sums + (6 * width));
        TLanes.Store(h, sums + (7 * width));
    }
}
