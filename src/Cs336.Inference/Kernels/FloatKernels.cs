using System.Runtime.CompilerServices;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>
/// Products of a matrix of float weights with vectors. Every product adds up in the same order, however many vectors there are, so that a
/// token's results are the same bits alone, in a prompt and in a batch: registers 0, 2, 4, ... of a row go into one sum and registers
/// 1, 3, 5, ... into another; the two are added, then the lanes of the result, then the numbers at the end of the row one by one.
/// </summary>
internal static unsafe class FloatKernels<TFormat, TLanes, TVector>
    where TFormat : IWeightFormat
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
{
    // Registers of a row that one iteration of the loop multiplies.
    private const int Steps = 4;

    public static void Multiply(WeightMatrix matrix, int begin, int end, Activations input, int count, Activations output, bool add)
    {
        const int Vectors = FloatTile<TFormat, TLanes, TVector>.Vectors;
        int tiles = count / Vectors, step = count <= 2 ? end - begin : Kernels.BlockRows;
        for (int first = begin; first < end; first += step)
        {
            int last = Math.Min(first + step, end);
            for (int tile = 0; tile < tiles; tile++)
            {
                BlockPrefetch prefetch = new(matrix.RowBytes, last - first, FloatTile<TFormat, TLanes, TVector>.Rows, tile, tiles);
                FloatTile<TFormat, TLanes, TVector>.Multiply(matrix, first, last, input, tile * Vectors, output, add, prefetch);
            }
            int vector = tiles * Vectors;
            // Only the first vector of a block asks for weights ahead: for the others the rows are in the cache already.
            for (; vector + 1 < count; vector += 2)
                MultiplyPair(matrix, first, last, input, vector, output, add, vector == 0 ? Kernels.Ahead : 0);
            if (vector < count)
                MultiplyRows(matrix, first, last, input.Row(vector), output.Row(vector), add, vector == 0 ? Kernels.Ahead : 0);
        }
    }

    /// <summary>
    /// One row at a time, from its beginning to its end, is what the processor's prefetching follows best. A separate method, so that its
    /// loop can use all registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRows(WeightMatrix matrix, int begin, int end, float* x, float* y, bool add, int ahead)
    {
        int columns = matrix.Columns, width = TLanes.Count, bytes = width * TFormat.Size;
        long rowBytes = matrix.RowBytes;
        byte* weights = matrix.Data + (begin * rowBytes);
        for (int i = begin; i < end; i++, weights += rowBytes)
        {
            TVector even = TLanes.Broadcast(0), odd = even;
            byte* row = weights;
            int k = 0;
            for (; k + (Steps * width) <= columns; k += Steps * width, row += Steps * bytes)
            {
                CacheLines.Ask(row + ahead, Steps * bytes);
                even = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(row), TLanes.Load(x + k), even);
                odd = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(row + bytes), TLanes.Load(x + k + width), odd);
                even = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(row + (2 * bytes)), TLanes.Load(x + k + (2 * width)), even);
                odd = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(row + (3 * bytes)), TLanes.Load(x + k + (3 * width)), odd);
            }
            for (; k + width <= columns; k += width, row += bytes)
            {
                even = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(row), TLanes.Load(x + k), even);
                (even, odd) = (odd, even);
            }
            float sum = TLanes.Sum(TLanes.Add(even, odd));
            if (k < columns) sum = AddRest(sum, row, x + k, columns - k);
            y[i] = add ? y[i] + sum : sum;
        }
    }

    /// <summary>Two vectors at once, so that each weight is loaded and widened once for both.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyPair(
        WeightMatrix matrix, int begin, int end, Activations input, int vector, Activations output, bool add, int ahead)
    {
        float* x = input.Row(vector), z = input.Row(vector + 1), xResult = output.Row(vector), zResult = output.Row(vector + 1);
        int columns = matrix.Columns, width = TLanes.Count, bytes = width * TFormat.Size;
        long rowBytes = matrix.RowBytes;
        byte* weights = matrix.Data + (begin * rowBytes);
        for (int i = begin; i < end; i++, weights += rowBytes)
        {
            TVector xEven = TLanes.Broadcast(0), xOdd = xEven, zEven = xEven, zOdd = xEven;
            byte* row = weights;
            int k = 0;
            for (; k + (Steps * width) <= columns; k += Steps * width, row += Steps * bytes)
            {
                CacheLines.Ask(row + ahead, Steps * bytes);
                TVector w = TFormat.Load<TLanes, TVector>(row);
                xEven = TLanes.MultiplyAdd(w, TLanes.Load(x + k), xEven);
                zEven = TLanes.MultiplyAdd(w, TLanes.Load(z + k), zEven);
                w = TFormat.Load<TLanes, TVector>(row + bytes);
                xOdd = TLanes.MultiplyAdd(w, TLanes.Load(x + k + width), xOdd);
                zOdd = TLanes.MultiplyAdd(w, TLanes.Load(z + k + width), zOdd);
                w = TFormat.Load<TLanes, TVector>(row + (2 * bytes));
                xEven = TLanes.MultiplyAdd(w, TLanes.Load(x + k + (2 * width)), xEven);
                zEven = TLanes.MultiplyAdd(w, TLanes.Load(z + k + (2 * width)), zEven);
                w = TFormat.Load<TLanes, TVector>(row + (3 * bytes));
                xOdd = TLanes.MultiplyAdd(w, TLanes.Load(x + k + (3 * width)), xOdd);
                zOdd = TLanes.MultiplyAdd(w, TLanes.Load(z + k + (3 * width)), zOdd);
            }
            for (; k + width <= columns; k += width, row += bytes)
            {
                TVector w = TFormat.Load<TLanes, TVector>(row);
                xEven = TLanes.MultiplyAdd(w, TLanes.Load(x + k), xEven);
                zEven = TLanes.MultiplyAdd(w, TLanes.Load(z + k), zEven);
                (xEven, xOdd, zEven, zOdd) = (xOdd, xEven, zOdd, zEven);
            }
            float left = TLanes.Sum(TLanes.Add(xEven, xOdd)), right = TLanes.Sum(TLanes.Add(zEven, zOdd));
            if (k < columns) (left, right) = (AddRest(left, row, x + k, columns - k), AddRest(right, row, z + k, columns - k));
            xResult[i] = add ? xResult[i] + left : left;
            zResult[i] = add ? zResult[i] + right : right;
        }
    }

    /// <summary>Adds the products of the numbers at the end of a row that do not fill a register.</summary>
    public static float AddRest(float sum, byte* row, float* x, int count)
    {
        for (int i = 0; i < count; i++) sum += TFormat.LoadOne(row + (i * TFormat.Size)) * x[i];
        return sum;
    }
}
