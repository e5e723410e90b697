using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>
/// Products of a matrix of quantized blocks with quantised vectors. The sum of a block is exact, in integers. Times both scales the sums
/// of blocks 0, 8, 16, ... are added in float32 in their order, those of blocks 1, 9, 17, ... and so on, and the eight results in the end:
/// the same, however many vectors there are.
/// </summary>
internal static unsafe class BlockKernels<TBlocks>
    where TBlocks : IWeightBlocks
{
    private const int Group = BlockScales.Count, Width = WeightBlocks.Numbers;

    public static void Multiply(WeightMatrix matrix, int begin, int end, Activations input, int count, Activations output, bool add)
    {
        int tiled = TBlocks.IsTiled ? count / BlockTile<TBlocks>.Vectors * BlockTile<TBlocks>.Vectors : 0;
        if (tiled > 0) BlockTile<TBlocks>.Multiply(matrix, begin, end, input, tiled, output, add);
        int step = count - tiled <= 1 ? end - begin : Kernels.BlockRows;
        for (int first = begin; first < end; first += step)
            for (int vector = tiled; vector < count; vector++)
                // Only the first vector of a block of rows asks for weights ahead: for the others the rows are in the cache already.
                MultiplyRows(matrix, first, Math.Min(first + step, end), input, vector, output, add, vector == 0 ? Kernels.Ahead : 0);
    }

    /// <summary>A separate method, so that its loop can use all registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRows(
        WeightMatrix matrix, int begin, int end, Activations input, int vector, Activations output, bool add, int ahead)
    {
        sbyte* x = input.Quantized(vector);
        float* scales = input.Scales(vector), y = output.Row(vector);
        int* sums = input.Sums(vector);
        int blocks = matrix.Columns / Width, grouped = blocks / Group * Group;
        byte* at = matrix.Data + (begin * matrix.RowBytes);
        for (int row = begin; row < end; row++)
        {
            Vector256<float> sum = Vector256<float>.Zero;
            sbyte* values = x;
            int block = 0;
            for (; block < grouped; block += Group, values += Group * Width, at += Group * TBlocks.Bytes)
            {
                AskAhead(at + ahead);
                Vector256<int> products = BlockSums.Of(
                    Products(at, values, 0), Products(at, values, 1), Products(at, values, 2), Products(at, values, 3),
                    Products(at, values, 4), Products(at, values, 5), Products(at, values, 6), Products(at, values, 7));
                sum = AddScaled(products, sums + block, BlockScales.Read(at, TBlocks.Bytes) * Vector256.Load(scales + block), sum);
            }
            if (block < blocks)
            {
                int rest = blocks - block;
                Vector256<float> scale = BlockScales.Read(at, TBlocks.Bytes, rest) * Vector256.Load(scales + block);
                sum = AddScaled(RestOf(at, values, rest), sums + block, scale, sum);
                at += rest * TBlocks.Bytes;
            }
            float dot = Lanes256.Sum(sum);
            y[row] = add ? y[row] + dot : dot;
        }
    }

    /// <summary>The sums of fewer than eight blocks, zeros for the others.</summary>
    private static Vector256<int> RestOf(byte* group, sbyte* values, int count)
    {
        int* products = stackalloc int[Group];
        for (int i = 0; i < Group; i++) products[i] = i < count ? Vector256.Sum(Products(group, values, i)) : 0;
        return Vector256.Load(products);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Products(byte* group, sbyte* values, int index) =>
        TBlocks.Products(group + (index * TBlocks.Bytes), values + (index * Width));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddScaled(Vector256<int> products, int* sums, Vector256<float> scale, Vector256<float> sum)
    {
        if (TBlocks.ExcessShift is int shift) products -= Vector256.Load(sums) << shift;
        return Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(products), scale, sum);
    }

    /// <summary>Asks for as many bytes as a group of blocks has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AskAhead(byte* from)
    {
        CacheLines.Ask(from, Math.Min(Group * TBlocks.Bytes, 4 * CacheLines.Size));
        if (Group * TBlocks.Bytes > 4 * CacheLines.Size) CacheLines.Ask(from + (4 * CacheLines.Size), CacheLines.Size);
    }
}
