using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>
/// Products of an int8 matrix with quantised vectors: within a block in integers, exactly; between blocks in float32, even and
/// odd ones apart, in one order whatever is computed beside it.
/// </summary>
internal static unsafe class Int8Kernels<TDot>
    where TDot : IInt8Dot
{
    private const int Sums = 2, BlockRows = 4, BlockVectors = 2, Width = Activations.Block;

    public static void Multiply(WeightMatrix matrix, int begin, int end, Activations input, int count, Activations output, bool add)
    {
        // A row's last block is read as a whole one, with inputs of 0 where it ends; only behind the last row there is nothing to read.
        int readable = matrix.Columns % Width == 0 ? end : Math.Min(end, matrix.Rows - 1);
        int blockVectors = count / BlockVectors * BlockVectors, blockEnd = begin + (Math.Max(readable - begin, 0) / BlockRows * BlockRows);
        sbyte* weights = (sbyte*)matrix.Data;
        long columns = matrix.Columns;
        Vector256<float>* sums = stackalloc Vector256<float>[Sums * BlockRows * BlockVectors];
        for (int row = begin; blockVectors > 0 && row < blockEnd; row += BlockRows)
        {
            for (int vector = 0; vector < blockVectors; vector += BlockVectors)
            {
                Pass(weights + (row * columns), columns, input, vector, 0, sums);
                Pass(weights + (row * columns), columns, input, vector, 1, sums + (BlockRows * BlockVectors));
                for (int i = 0; i < BlockRows * BlockVectors; i++)
                {
                    float sum = Lanes256.Sum(sums[i] + sums[i + (BlockRows * BlockVectors)]) * matrix.Scales[row + (i % BlockRows)];
                    output.Put(vector + (i / BlockRows), row + (i % BlockRows), sum, add);
                }
            }
        }
        // What is not in a block: the rest of the rows for the blocks' vectors, and all rows for the rest of the vectors.
        for (int vector = 0; vector < count; vector++)
        {
            int first = vector < blockVectors ? blockEnd : begin;
            MultiplyRows(weights + (first * columns), columns, first, readable, matrix.Scales, input, vector, output.Row(vector), add);
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

    /// <summary>Four rows by two vectors, the even or the odd blocks.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Pass(sbyte* weights, long columns, Activations input, int vector, int start, Vector256<float>* sums)
    {
        sbyte* x = input.Quantized(vector), y = input.Quantized(vector + 1);
        float* xScales = input.Scales(vector), yScales = input.Scales(vector + 1);
        int* xOffsets = input.Offsets(vector), yOffsets = input.Offsets(vector + 1);
        Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a, e = a, f = a, g = a, h = a;
        for (int block = start; block < input.Blocks; block += Sums)
        {
            sbyte* left = x + (block * Width), right = y + (block * Width), row = weights + (block * Width);
            a = AddScaled(TDot.AddBlock(TDot.Begin(xOffsets[block]), row, left), xScales[block], a);
            e = AddScaled(TDot.AddBlock(TDot.Begin(yOffsets[block]), row, right), yScales[block], e);
            row += columns;
            b = AddScaled(TDot.AddBlock(TDot.Begin(xOffsets[block]), row, left), xScales[block], b);
            f = AddScaled(TDot.AddBlock(TDot.Begin(yOffsets[block]), row, right), yScales[block], f);
            row += columns;
            c = AddScaled(TDot.AddBlock(TDot.Begin(xOffsets[block]), row, left), xScales[block], c);
            g = AddScaled(TDot.AddBlock(TDot.Begin(yOffsets[block]), row, right), yScales[block], g);
            row += columns;
            d = AddScaled(TDot.AddBlock(TDot.Begin(xOffsets[block]), row, left), xScales[block], d);
            h = AddScaled(TDot.AddBlock(TDot.Begin(yOffsets[block]), row, right), yScales[block], h);
        }
        (sums[0], sums[1], sums[2], sums[3]) = (a, b, c, d);
        (sums[4], sums[5], sums[6], sums[7]) = (e, f, g, h);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddScaled(Vector256<int> integers, float scale, Vector256<float> sum) =>
        Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(integers), Vector256.Create(scale), sum);
}
