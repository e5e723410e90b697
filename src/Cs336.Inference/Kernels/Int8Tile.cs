using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>
/// Two rows of int8 weights times four quantised vectors: a block of weights is loaded once for all four, a vector's scale once for
/// both rows. The sums are those of <see cref="Int8Kernels{TDot}"/>, to the last bit.
/// </summary>
internal static unsafe class Int8Tile<TDot>
    where TDot : IInt8Dot
{
    /// <summary>Rows and vectors of a tile.</summary>
    public const int Rows = 2, Vectors = 4;

    private const int Width = Activations.Block, Lanes = 8;

    /// <summary>Multiplies four vectors with rows, of which the last tile may have fewer.</summary>
    /// <param name="matrix">The weights, (rows, columns).</param>
    /// <param name="begin">The first row to multiply.</param>
    /// <param name="end">The row after the last. The memory behind it must be readable up to the end of a block.</param>
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
        long columns = matrix.Columns;
        sbyte* weights = (sbyte*)matrix.Data + (begin * columns), x = input.Quantized(vector);
        float* scales = input.Scales(vector), rowScales = matrix.Scales + begin;
        float* y = output.Row(vector) + begin, sums = stackalloc float[Rows * Vectors * Lanes];
        int* offsets = input.Offsets(vector);
        for (int i = begin; i < end; i += Rows, weights += Rows * columns, y += Rows, rowScales += Rows)
        {
            bool both = i + 1 < end; // a single row takes the place of both, and the second result is not used
            prefetch.Ask((byte*)weights);
            AddUp(weights, both ? weights + columns : weights, x, scales, offsets, input.Blocks, sums);
            for (int v = 0; v < Vectors; v++)
            {
                float* at = sums + (v * Rows * Lanes), result = y + ((long)v * output.Width);
                float first = Lanes256.Sum(Vector256.Load(at)) * rowScales[0];
                result[0] = add ? result[0] + first : first;
                if (!both) continue;
                float second = Lanes256.Sum(Vector256.Load(at + Lanes)) * rowScales[1];
                result[1] = add ? result[1] + second : second;
            }
        }
    }

    /// <summary>
    /// For each vector the sums of its products with the two rows. A separate method, so that its loop can use all registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void AddUp(sbyte* first, sbyte* second, sbyte* x, float* scales, int* offsets, int blocks, float* sums)
    {
        Vector256<float> a0 = Vector256<float>.Zero, a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
        long stride = blocks * Width, next = blocks;
        sbyte* fourth = x + (3 * stride);
        for (sbyte* last = first + stride; first < last; first += Width, second += Width, x += Width, fourth += Width, scales++, offsets++)
        {
            Vector256<byte> low = TDot.Prepare(first), high = TDot.Prepare(first + 32);
            Vector256<byte> lower = TDot.Prepare(second), higher = TDot.Prepare(second + 32);
            Vector256<float> scale = Vector256.Create(scales[0]);
            Vector256<int> begun = TDot.Begin(offsets[0]);
            a0 = AddScaled(TDot.AddBlock(begun, low, high, first, x), scale, a0);
            a1 = AddScaled(TDot.AddBlock(begun, lower, higher, second, x), scale, a1);
            scale = Vector256.Create(scales[next]);
            begun = TDot.Begin(offsets[next]);
            b0 = AddScaled(TDot.AddBlock(begun, low, high, first, x + stride), scale, b0);
            b1 = AddScaled(TDot.AddBlock(begun, lower, higher, second, x + stride), scale, b1);
            scale = Vector256.Create(scales[2 * next]);
            begun = TDot.Begin(offsets[2 * next]);
            c0 = AddScaled(TDot.AddBlock(begun, low, high, first, x + (2 * stride)), scale, c0);
            c1 = AddScaled(TDot.AddBlock(begun, lower, higher, second, x + (2 * stride)), scale, c1);
            scale = Vector256.Create(scales[3 * next]);
            begun = TDot.Begin(offsets[3 * next]);
            d0 = AddScaled(TDot.AddBlock(begun, low, high, first, fourth), scale, d0);
            d1 = AddScaled(TDot.AddBlock(begun, lower, higher, second, fourth), scale, d1);
        }
        a0.Store(sums);
        a1.Store(sums + Lanes);
        b0.Store(sums + (2 * Lanes));
        b1.Store(sums + (3 * Lanes));
        c0.Store(sums + (4 * Lanes));
        c1.Store(sums + (5 * Lanes));
        d0.Store(sums + (6 * Lanes));
        d1.Store(sums + (7 * Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddScaled(Vector256<int> integers, Vector256<float> scale, Vector256<float> sum) =>
        Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(integers), scale, sum);
}
