using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>
/// Products of a matrix of quantized blocks with quantised vectors. Within a block the sum is exact, in integers; times both scales it is
/// added in float32, even blocks into one sum and odd ones into another, in their order, however many vectors there are. What weights
/// count too much is taken off in the end: the excess times the sums of the inputs, which were added with the same scales.
/// </summary>
internal static unsafe class BlockKernels<TBlocks>
    where TBlocks : IWeightBlocks
{
    private const int Group = BlockScales.Count, Width = WeightBlocks.Numbers, BlockRows = 2 * Kernels.BlockRows;

    public static void Multiply(WeightMatrix matrix, int begin, int end, Activations input, int count, Activations output, bool add)
    {
        int step = count <= 2 ? end - begin : BlockRows;
        for (int first = begin; first < end; first += step)
        {
            int last = Math.Min(first + step, end), vector = 0;
            // Only the first vectors of a block of rows ask for weights ahead: for the others the rows are in the cache already.
            for (; vector + 1 < count; vector += 2)
                MultiplyPair(matrix, first, last, input, vector, output, add, vector == 0 ? Kernels.Ahead : 0);
            if (vector < count) MultiplyRows(matrix, first, last, input, vector, output, add, vector == 0 ? Kernels.Ahead : 0);
        }
    }

    /// <summary>A separate method, so that its loop can use all registers.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRows(
        WeightMatrix matrix, int begin, int end, Activations input, int vector, Activations output, bool add, int ahead)
    {
        sbyte* x = input.Quantized(vector);
        float* scales = input.Scales(vector), sums = input.Sums(vector), y = output.Row(vector), both = stackalloc float[Group];
        int blocks = matrix.Columns / Width, grouped = blocks / Group * Group;
        long rowBytes = matrix.RowBytes;
        byte* at = matrix.Data + (begin * rowBytes);
        for (int row = begin; row < end; row++)
        {
            Vector256<float> even = Vector256<float>.Zero, odd = even, excess = even;
            sbyte* values = x;
            int block = 0;
            for (; block < grouped; block += Group, values += Group * Width, at += Group * TBlocks.Bytes)
            {
                AskAhead(at + ahead);
                Vector256<float> scale = BlockScales.Read(at, TBlocks.Bytes) * Vector256.Load(scales + block);
                scale.Store(both);
                excess = Vector256.MultiplyAddEstimate(scale, Vector256.Load(sums + block), excess);
                even = Add(at, values, both, 0, even);
                odd = Add(at, values, both, 1, odd);
                even = Add(at, values, both, 2, even);
                odd = Add(at, values, both, 3, odd);
                even = Add(at, values, both, 4, even);
                odd = Add(at, values, both, 5, odd);
                even = Add(at, values, both, 6, even);
                odd = Add(at, values, both, 7, odd);
            }
            if (block < blocks)
            {
                Vector256<float> scale = BlockScales.Read(at, TBlocks.Bytes, blocks - block) * Vector256.Load(scales + block);
                scale.Store(both);
                excess = Vector256.MultiplyAddEstimate(scale, Vector256.Load(sums + block), excess);
                for (int i = 0; block < blocks; block++, i++, values += Width, at += TBlocks.Bytes)
                {
                    even = AddScaled(TBlocks.Products(TBlocks.Prepare(at), at, values), both[i], even);
                    (even, odd) = (odd, even);
                }
                if (blocks % 2 != 0) (even, odd) = (odd, even);
            }
            float dot = Total(even, odd, excess);
            y[row] = add ? y[row] + dot : dot;
        }
    }

    /// <summary>Two vectors at once, so that weights and their scales are loaded and widened once for both.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyPair(
        WeightMatrix matrix, int begin, int end, Activations input, int vector, Activations output, bool add, int ahead)
    {
        sbyte* x = input.Quantized(vector), z = input.Quantized(vector + 1);
        float* xScales = input.Scales(vector), zScales = input.Scales(vector + 1);
        float* xSums = input.Sums(vector), zSums = input.Sums(vector + 1);
        float* xResult = output.Row(vector), zResult = output.Row(vector + 1), xBoth = stackalloc float[2 * Group], zBoth = xBoth + Group;
        int blocks = matrix.Columns / Width;
        long rowBytes = matrix.RowBytes;
        byte* at = matrix.Data + (begin * rowBytes);
        for (int row = begin; row < end; row++)
        {
            Vector256<float> xEven = Vector256<float>.Zero, xOdd = xEven, xExcess = xEven, zEven = xEven, zOdd = xEven, zExcess = xEven;
            sbyte* left = x, right = z;
            for (int block = 0; block < blocks; block += Group)
            {
                AskAhead(at + ahead);
                int count = Math.Min(Group, blocks - block);
                Vector256<float> own = count == Group ? BlockScales.Read(at, TBlocks.Bytes) : BlockScales.Read(at, TBlocks.Bytes, count);
                Vector256<float> xScale = own * Vector256.Load(xScales + block), zScale = own * Vector256.Load(zScales + block);
                xScale.Store(xBoth);
                zScale.Store(zBoth);
                xExcess = Vector256.MultiplyAddEstimate(xScale, Vector256.Load(xSums + block), xExcess);
                zExcess = Vector256.MultiplyAddEstimate(zScale, Vector256.Load(zSums + block), zExcess);
                int i = 0;
                for (; i + 1 < count; i += 2, left += 2 * Width, right += 2 * Width, at += 2 * TBlocks.Bytes)
                {
                    Vector256<byte> weights = TBlocks.Prepare(at);
                    xEven = AddScaled(TBlocks.Products(weights, at, left), xBoth[i], xEven);
                    zEven = AddScaled(TBlocks.Products(weights, at, right), zBoth[i], zEven);
                    byte* next = at + TBlocks.Bytes;
                    weights = TBlocks.Prepare(next);
                    xOdd = AddScaled(TBlocks.Products(weights, next, left + Width), xBoth[i + 1], xOdd);
                    zOdd = AddScaled(TBlocks.Products(weights, next, right + Width), zBoth[i + 1], zOdd);
                }
                if (i < count) // the row's last
                {
                    Vector256<byte> weights = TBlocks.Prepare(at);
                    xEven = AddScaled(TBlocks.Products(weights, at, left), xBoth[i], xEven);
                    zEven = AddScaled(TBlocks.Products(weights, at, right), zBoth[i], zEven);
                    at += TBlocks.Bytes;
                }
            }
            float xDot = Total(xEven, xOdd, xExcess), zDot = Total(zEven, zOdd, zExcess);
            xResult[row] = add ? xResult[row] + xDot : xDot;
            zResult[row] = add ? zResult[row] + zDot : zDot;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(byte* group, sbyte* values, float* scales, int index, Vector256<float> sum)
    {
        byte* block = group + (index * TBlocks.Bytes);
        return AddScaled(TBlocks.Products(TBlocks.Prepare(block), block, values + (index * Width)), scales[index], sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddScaled(Vector256<int> integers, float scale, Vector256<float> sum) =>
        Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(integers), Vector256.Create(scale), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Total(Vector256<float> even, Vector256<float> odd, Vector256<float> excess) => TBlocks.Excess == 0
        ? Lanes256.Sum(even + odd)
        : Lanes256.Sum(Vector256.MultiplyAddEstimate(excess, Vector256.Create((float)-TBlocks.Excess), even + odd));

    /// <summary>Asks for as many bytes as a group of blocks has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AskAhead(byte* from)
    {
        CacheLines.Ask(from, Math.Min(Group * TBlocks.Bytes, 4 * CacheLines.Size));
        if (Group * TBlocks.Bytes > 4 * CacheLines.Size) CacheLines.Ask(from + (4 * CacheLines.Size), CacheLines.Size);
    }
}
