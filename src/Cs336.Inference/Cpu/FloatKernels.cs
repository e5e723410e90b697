using System.Runtime.CompilerServices;
using Cs336.Simd;

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
    // Rows that several vectors are multiplied with before the next ones are looked at: they and a pair of vectors fit the first-level cache.
    private const int Sums = 4, BlockRows = 16;

    public static void Multiply(WeightMatrix matrix, int begin, int end, Activations input, int count, Activations output, bool add)
    {
        int step = count == 1 ? end - begin : BlockRows;
        for (int first = begin; first < end; first += step)
        {
            int last = Math.Min(first + step, end), vector = 0;
            if (typeof(TLanes) == typeof(Lanes512) && matrix.Columns % FloatTile<TFormat>.Columns == 0) vector = MultiplyTiles(matrix, first, last, input, count, output, add);
            for (; vector + 1 < count; vector += 2) MultiplyPair(matrix, first, last, input.Row(vector), input.Row(vector + 1), output.Row(vector), output.Row(vector + 1), add);
            if (vector < count) MultiplyRows(matrix, first, last, input.Row(vector), output.Row(vector), add);
        }
    }

    /// <summary>Multiplies with as many vectors as fill tiles, and returns how many.</summary>
    private static int MultiplyTiles(WeightMatrix matrix, int begin, int end, Activations input, int count, Activations output, bool add)
    {
        int vectors = count / FloatTile<TFormat>.Vectors * FloatTile<TFormat>.Vectors, tiled = end - ((end - begin) % FloatTile<TFormat>.Rows);
        for (int vector = 0; vector < vectors; vector += FloatTile<TFormat>.Vectors)
        {
            // The first vectors bring this block's rows into the cache, and ask for the next block's to be brought meanwhile.
            FloatTile<TFormat>.Multiply(matrix, begin, tiled, input, vector, output, add, vector == 0 ? (end - begin) * matrix.RowBytes : 0);
        }
        if (tiled < end)
            for (int vector = 0; vector < vectors; vector++) MultiplyRows(matrix, tiled, end, input.Row(vector), output.Row(vector), add);
        return vectors;
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
        float sum = Total(a, b, c, d);
        return columns == k + done ? sum : AddRest(sum, row + (done * TFormat.Size), x + k + done, columns - k - done);
    }

    private static float AddRest(float sum, byte* row, float* x, int count)
    {
        for (int i = 0; i < count; i++) sum += TFormat.LoadOne(row + (i * TFormat.Size)) * x[i];
        return sum;
    }

    /// <summary>Two vectors at once, so that each weight is loaded and widened once for both.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyPair(WeightMatrix matrix, int begin, int end, float* x, float* z, float* xResult, float* zResult, bool add)
    {
        int columns = matrix.Columns, width = TLanes.Count, bytes = width * TFormat.Size;
        long rowBytes = matrix.RowBytes;
        byte* weights = matrix.Data + (begin * rowBytes);
        for (int i = begin; i < end; i++, weights += rowBytes)
        {
            TVector a = TLanes.Broadcast(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
            byte* row = weights;
            int k = 0;
            for (; k + (Sums * width) <= columns; k += Sums * width, row += Sums * bytes)
            {
                TVector w = TFormat.Load<TLanes, TVector>(row);
                a = TLanes.MultiplyAdd(w, TLanes.Load(x + k), a);
                e = TLanes.MultiplyAdd(w, TLanes.Load(z + k), e);
                w = TFormat.Load<TLanes, TVector>(row + bytes);
                b = TLanes.MultiplyAdd(w, TLanes.Load(x + k + width), b);
                f = TLanes.MultiplyAdd(w, TLanes.Load(z + k + width), f);
                w = TFormat.Load<TLanes, TVector>(row + (2 * bytes));
                c = TLanes.MultiplyAdd(w, TLanes.Load(x + k + (2 * width)), c);
                g = TLanes.MultiplyAdd(w, TLanes.Load(z + k + (2 * width)), g);
                w = TFormat.Load<TLanes, TVector>(row + (3 * bytes));
                d = TLanes.MultiplyAdd(w, TLanes.Load(x + k + (3 * width)), d);
                h = TLanes.MultiplyAdd(w, TLanes.Load(z + k + (3 * width)), h);
            }
            if (k + width <= columns)
            {
                TVector w = TFormat.Load<TLanes, TVector>(row);
                a = TLanes.MultiplyAdd(w, TLanes.Load(x + k), a);
                e = TLanes.MultiplyAdd(w, TLanes.Load(z + k), e);
            }
            if (k + (2 * width) <= columns)
            {
                TVector w = TFormat.Load<TLanes, TVector>(row + bytes);
                b = TLanes.MultiplyAdd(w, TLanes.Load(x + k + width), b);
                f = TLanes.MultiplyAdd(w, TLanes.Load(z + k + width), f);
            }
            if (k + (3 * width) <= columns)
            {
                TVector w = TFormat.Load<TLanes, TVector>(row + (2 * bytes));
                c = TLanes.MultiplyAdd(w, TLanes.Load(x + k + (2 * width)), c);
                g = TLanes.MultiplyAdd(w, TLanes.Load(z + k + (2 * width)), g);
            }
            int done = (columns - k) / width * width;
            row += done * TFormat.Size;
            k += done;
            float left = Total(a, b, c, d), right = Total(e, f, g, h); // both before a call, which leaves no register as it was
            if (k < columns)
            {
                left = AddRest(left, row, x + k, columns - k);
                right = AddRest(right, row, z + k, columns - k);
            }
            xResult[i] = add ? xResult[i] + left : left;
            zResult[i] = add ? zResult[i] + right : right;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Total(TVector a, TVector b, TVector c, TVector d) => TLanes.Sum(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)));
}
