using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>
/// Products of a matrix of quantized blocks with quantised vectors. The sum of a block is exact, in integers. Multiplied by both scales,
/// the sums are added in float32 in eight chains: blocks 0, 8, 16, ... in one, blocks 1, 9, 17, ... in the next, and so on; the results of
/// the chains are added in the end. This order is the same however many vectors there are.
/// </summary>
internal static unsafe class BlockKernels<TBlocks>
    where TBlocks : IWeightBlocks
{
    private const int Group = BlockPairs.Group, Width = WeightBlocks.Numbers;

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
        byte* at = matrix.Data + (begin * matrix.RowBytes), rest = stackalloc byte[Group * TBlocks.Bytes];
        for (int row = begin; row < end; row++)
        {
            Vector256<float> sum = Vector256<float>.Zero;
            sbyte* values = x;
            int block = 0;
            for (; block < grouped; block += Group, values += Group * Width, at += Group * TBlocks.Bytes)
            {
                AskAhead(at + ahead);
                sum = AddGroup(at, values, sums + block, scales + block, sum);
            }
            if (block < blocks)
            {
                for (byte* to = rest; block < blocks; block++, to += TBlocks.Bytes, at += TBlocks.Bytes)
                    Unsafe.CopyBlockUnaligned(to, at, (uint)TBlocks.Bytes); // the others stay zeros
                sum = AddGroup(rest, values, sums + grouped, scales + grouped, sum);
            }
            float dot = Lanes256.Sum(sum);
            y[row] = add ? y[row] + dot : dot;
        }
    }

    /// <summary>Adds the products of eight blocks, a block to each lane: of blocks i and i + 4 together, as their inputs lie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddGroup(byte* group, sbyte* inputs, int* sums, float* scales, Vector256<float> sum)
    {
        Vector256<int> products = BlockSums.Of(
            Pair(group, inputs, 0), Pair(group, inputs, 1), Pair(group, inputs, 2), Pair(group, inputs, 3));
        if (TBlocks.ExcessShift is int shift) products -= Vector256.Load(sums) << shift;
        Vector256<float> scale = BlockScales.Read(group, TBlocks.Bytes) * Vector256.Load(scales);
        return Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(products), scale, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Pair(byte* group, sbyte* inputs, int first)
    {
        byte* block = group + (first * TBlocks.Bytes);
        return TBlocks.Products(block, block + (BlockPairs.Distance * TBlocks.Bytes), inputs + BlockPairs.Begin(first));
    }

    /// <summary>Asks for as many bytes as a group of blocks has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AskAhead(byte* from)
    {
        CacheLines.Ask(from, Math.Min(Group * TBlocks.Bytes, 4 * CacheLines.Size));
        if (Group * TBlocks.Bytes > 4 * CacheLines.Size) CacheLines.Ask(from + (4 * CacheLines.Size), CacheLines.Size);
    }
}
