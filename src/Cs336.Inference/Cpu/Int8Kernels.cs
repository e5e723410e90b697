using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>
/// Products of an int8 matrix with quantised vectors: within a block in integers, exactly; between blocks in float32, even and
/// odd ones apart, in one order whatever is computed beside it.
/// </summary>
internal static unsafe class Int8Kernels<TDot>
    where TDot : IInt8Dot
{
    // Rows that several vectors are multiplied with before the next ones are looked at: they and a pair of vectors fit the first-level cache.
    private const int Width = Activations.Block, BlockRows = 32;

    public static void Multiply(WeightMatrix matrix, int begin, int end, Activations input, int count, Activations output, bool add)
    {
        // A row's last block is read as a whole one, with inputs of 0 where it ends; only behind the last row there is nothing to read.
        int readable = matrix.Columns % Width == 0 ? end : Math.Min(end, matrix.Rows - 1);
        int step = count == 1 ? end - begin : BlockRows;
        long columns = matrix.Columns;
        for (int first = begin; first < readable; first += step)
        {
            int last = Math.Min(first + step, readable), vector = 0;
            sbyte* weights = (sbyte*)matrix.Data + (first * columns);
            int tiled = last - ((last - first) % Int8Tile<TDot>.Rows);
            for (; vector + Int8Tile<TDot>.Vectors <= count; vector += Int8Tile<TDot>.Vectors)
            {
                // The first vectors bring this block's rows into the cache, and ask for the next block's to be brought meanwhile.
                Int8Tile<TDot>.Multiply(matrix, first, tiled, input, vector, output, add, vector == 0 ? (last - first) * columns : 0);
            }
            if (tiled < last)
                for (int i = 0; i < vector; i++) MultiplyRows((sbyte*)matrix.Data + (tiled * columns), columns, tiled, last, matrix.Scales, input, i, output.Row(i), add);
            for (; vector + 1 < count; vector += 2) MultiplyPair(weights, columns, first, last, matrix.Scales, input, vector, output, add);
            if (vector < count) MultiplyRows(weights, columns, first, last, matrix.Scales, input, vector, output.Row(vector), add);
        }
        if (readable < end) MultiplyLastRow(matrix, input, count, output, add);
    }

    private static void MultiplyLastRow(WeightMatrix matrix, Activations input, int count, Activations output, bool add)
    {
        int row = matrix.Rows - 1;
        sbyte* copy = stackalloc sbyte[input.Blocks * Width];
        new ReadOnlySpan<sbyte>((sbyte*)matrix.Data + ((long)row * matrix.Columns), matrix.Columns).CopyTo(new Span<sbyte>(copy, matrix.Columns));
        for (int vector = 0; vector < count; vector++) MultiplyRows(copy, 0, row, row + 1, matrix.Scales, input, vector, output.Row(vector), add);
    }

    /// <summary>In a method of its own, whose loop then has the registers for itself.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRows(sbyte* weights, long columns, int begin, int end, float* rowScales, Activations input, int vector, float* y, bool add)
    {
        sbyte* x = input.Quantized(vector);
        float* scales = input.Scales(vector);
        int* offsets = input.Offsets(vector);
        int blocks = input.Blocks;
        for (int row = begin; row < end; row++, weights += columns)
        {
            float dot = Dot(weights, x, scales, offsets, blocks) * rowScales[row];
            y[row] = add ? y[row] + dot : dot;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(sbyte* row, sbyte* x, float* scales, int* offsets, int blocks)
    {
        Vector256<float> even = Vector256<float>.Zero, odd = even;
        int block = 0;
        for (; block + 1 < blocks; block += 2, row += 2 * Width, x += 2 * Width)
        {
            even = AddScaled(TDot.AddBlock(TDot.Begin(offsets[block]), row, x), scales[block], even);
            odd = AddScaled(TDot.AddBlock(TDot.Begin(offsets[block + 1]), row + Width, x + Width), scales[block + 1], odd);
        }
        if (block < blocks) even = AddScaled(TDot.AddBlock(TDot.Begin(offsets[block]), row, x), scales[block], even);
        return Lanes256.Sum(even + odd);
    }

    /// <summary>Two vectors at once, so that each weight is loaded once for both.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyPair(sbyte* weights, long columns, int begin, int end, float* rowScales, Activations input, int vector, Activations output, bool add)
    {
        sbyte* x = input.Quantized(vector), z = input.Quantized(vector + 1);
        float* xScales = input.Scales(vector), zScales = input.Scales(vector + 1), xResult = output.Row(vector), zResult = output.Row(vector + 1);
        int* xOffsets = input.Offsets(vector), zOffsets = input.Offsets(vector + 1);
        int blocks = input.Blocks;
        for (int i = begin; i < end; i++, weights += columns)
        {
            Vector256<float> xEven = Vector256<float>.Zero, xOdd = xEven, zEven = xEven, zOdd = xEven;
            sbyte* row = weights, left = x, right = z;
            int block = 0;
            for (; block + 1 < blocks; block += 2, row += 2 * Width, left += 2 * Width, right += 2 * Width)
            {
                xEven = AddScaled(TDot.AddBlock(TDot.Begin(xOffsets[block]), row, left), xScales[block], xEven);
                zEven = AddScaled(TDot.AddBlock(TDot.Begin(zOffsets[block]), row, right), zScales[block], zEven);
                xOdd = AddScaled(TDot.AddBlock(TDot.Begin(xOffsets[block + 1]), row + Width, left + Width), xScales[block + 1], xOdd);
                zOdd = AddScaled(TDot.AddBlock(TDot.Begin(zOffsets[block + 1]), row + Width, right + Width), zScales[block + 1], zOdd);
            }
            if (block < blocks)
            {
                xEven = AddScaled(TDot.AddBlock(TDot.Begin(xOffsets[block]), row, left), xScales[block], xEven);
                zEven = AddScaled(TDot.AddBlock(TDot.Begin(zOffsets[block]), row, right), zScales[block], zEven);
            }
            float xDot = Lanes256.Sum(xEven + xOdd) * rowScales[i], zDot = Lanes256.Sum(zEven + zOdd) * rowScales[i];
            xResult[i] = add ? xResult[i] + xDot : xDot;
            zResult[i] = add ? zResult[i] + zDot : zDot;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddScaled(Vector256<int> integers, float scale, Vector256<float> sum) =>
        Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(integers), Vector256.Create(scale), sum);
}
