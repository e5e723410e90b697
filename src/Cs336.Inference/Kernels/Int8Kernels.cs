using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>
/// Products of an int8 matrix with quantised vectors. Within a block of inputs the sum is exact, in integers; the blocks' sums are added in
/// float32 in their order, however many vectors there are.
/// </summary>
internal static unsafe class Int8Kernels<TDot>
    where TDot : IInt8Dot
{
    private const int Width = Activations.Block, BlockRows = 2 * Kernels.BlockRows; // a row is a quarter as long as one of float32

    public static void Multiply(WeightMatrix matrix, int begin, int end, Activations input, int count, Activations output, bool add)
    {
        const int Vectors = Int8Tile<TDot>.Vectors;
        // The last block of a row is read whole, beyond the row's end, where the inputs are 0. Only the last row has no memory behind it.
        int readable = matrix.Columns % Width == 0 ? end : Math.Min(end, matrix.Rows - 1);
        int tiles = count / Vectors, step = count <= 2 ? end - begin : BlockRows;
        long columns = matrix.Columns;
        for (int first = begin; first < readable; first += step)
        {
            int last = Math.Min(first + step, readable);
            for (int tile = 0; tile < tiles; tile++)
            {
                BlockPrefetch prefetch = new(columns, last - first, Int8Tile<TDot>.Rows, tile, tiles);
                Int8Tile<TDot>.Multiply(matrix, first, last, input, tile * Vectors, output, add, prefetch);
            }
            int vector = tiles * Vectors;
            sbyte* weights = (sbyte*)matrix.Data + (first * columns);
            // Only the first vector of a block asks for weights ahead: for the others the rows are in the cache already.
            for (; vector + 1 < count; vector += 2)
                MultiplyPair(weights, columns, first, last, matrix.Scales, input, vector, output, add, vector == 0 ? Kernels.Ahead : 0);
            if (vector < count)
                MultiplyRows(
                    weights, columns, first, last, matrix.Scales, input, vector, output.Row(vector), add, vector == 0 ? Kernels.Ahead : 0);
        }
        if (readable < end) MultiplyLastRow(matrix, input, count, output, add);
    }

    private static void MultiplyLastRow(WeightMatrix matrix, Activations input, int count, Activations output, bool add)
    {
        int row = matrix.Rows - 1;
        sbyte* copy = stackalloc sbyte[input.Blocks * Width];
        sbyte* weights = (sbyte*)matrix.Data + ((long)row * matrix.Columns);
        new ReadOnlySpan<sbyte>(weights, matrix.Columns).CopyTo(new Span<sbyte>(copy, matrix.Columns));
        for (int vector = 0; vector < count; vector++)
            MultiplyRows(copy, 0, row, row + 1, matrix.Scales, input, vector, output.Row(vector), add, ahead: 0);
    }

    /// <summary>A separate method, so that its loop can use all registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRows(
        sbyte* weights, long columns, int begin, int end, float* rowScales, Activations input, int vector, float* y, bool add, int ahead)
    {
        sbyte* x = input.Quantized(vector);
        float* scales = input.Scales(vector);
        int* offsets = input.Offsets(vector);
        int blocks = input.Blocks;
        for (int row = begin; row < end; row++, weights += columns)
        {
            Vector256<float> sum = Vector256<float>.Zero;
            sbyte* at = weights, values = x;
            for (int block = 0; block < blocks; block++, at += Width, values += Width)
            {
                CacheLines.Ask((byte*)at + ahead, Width);
                Vector256<byte> low = TDot.Prepare(at), high = TDot.Prepare(at + 32);
                sum = AddScaled(TDot.AddBlock(TDot.Begin(offsets[block]), low, high, at, values), scales[block], sum);
            }
            float dot = Lanes256.Sum(sum) * rowScales[row];
            y[row] = add ? y[row] + dot : dot;
        }
    }

    /// <summary>Two vectors at once, so that each weight is loaded once for both.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyPair(
        sbyte* weights, long columns, int begin, int end, float* rowScales, Activations input, int vector, Activations output, bool add,
        int ahead)
    {
        sbyte* x = input.Quantized(vector), z = input.Quantized(vector + 1);
        float* xScales = input.Scales(vector), zScales = input.Scales(vector + 1);
        float* xResult = output.Row(vector), zResult = output.Row(vector + 1);
        int* xOffsets = input.Offsets(vector), zOffsets = input.Offsets(vector + 1);
        int blocks = input.Blocks;
        for (int i = begin; i < end; i++, weights += columns)
        {
            Vector256<float> xSum = Vector256<float>.Zero, zSum = xSum;
            sbyte* at = weights, left = x, right = z;
            for (int block = 0; block < blocks; block++, at += Width, left += Width, right += Width)
            {
                CacheLines.Ask((byte*)at + ahead, Width);
                Vector256<byte> low = TDot.Prepare(at), high = TDot.Prepare(at + 32);
                xSum = AddScaled(TDot.AddBlock(TDot.Begin(xOffsets[block]), low, high, at, left), xScales[block], xSum);
                zSum = AddScaled(TDot.AddBlock(TDot.Begin(zOffsets[block]), low, high, at, right), zScales[block], zSum);
            }
            float xDot = Lanes256.Sum(xSum) * rowScales[i], zDot = Lanes256.Sum(zSum) * rowScales[i];
            xResult[i] = add ? xResult[i] + xDot : xDot;
            zResult[i] = add ? zResult[i] + zDot : zDot;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddScaled(Vector256<int> integers, float scale, Vector256<float> sum) =>
        Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(integers), Vector256.Create(scale), sum);
}
