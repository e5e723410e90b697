using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>
/// Eight rows of quantized blocks times four quantised vectors at a time. The rows are copied so that four weights of each lie side by
/// side in a register: a lane adds up one row, and no sum across lanes is needed. The sums are those of
/// <see cref="BlockKernels{TBlocks}"/>, to the last bit.
/// </summary>
internal static unsafe class BlockTile<TBlocks>
    where TBlocks : IWeightBlocks
{
    /// <summary>Rows and vectors of a tile.</summary>
    public const int Rows = 8, Vectors = 4;

    private const int Width = WeightBlocks.Numbers, Quads = Width / sizeof(int), Parts = BlockScales.Count;

    [ThreadStatic]
    private static AlignedBuffer? _packed; // a thread's own, as large as the longest rows that it has met

    /// <summary>Multiplies vectors, a multiple of four of them, with rows, of which the last tile may have fewer.</summary>
    public static void Multiply(WeightMatrix matrix, int begin, int end, Activations input, int count, Activations output, bool add)
    {
        int blocks = matrix.Columns / Width;
        long weightBytes = (long)blocks * Width * Rows, bytes = weightBytes + ((long)blocks * Rows * sizeof(float));
        if (_packed is null || _packed.Length < bytes) _packed = new AlignedBuffer(bytes, zeroed: false);
        AlignedBuffer buffer = _packed;
        float* scales = (float*)(buffer.Pointer + weightBytes), sums = stackalloc float[Vectors * Parts * Rows];
        for (int row = begin; row < end; row += Rows)
        {
            int rows = Math.Min(Rows, end - row);
            Pack(matrix, row, rows, buffer.Pointer, scales);
            for (int vector = 0; vector < count; vector += Vectors)
            {
                new Span<float>(sums, Vectors * Parts * Rows).Clear();
                for (int part = 0; part < Math.Min(Parts, blocks); part++) AddUp(buffer.Pointer, scales, blocks, part, input, vector, sums);
                for (int v = 0; v < Vectors; v++)
                {
                    Vector256<float> dots = Total(sums + (v * Parts * Rows));
                    float* y = output.Row(vector + v) + row;
                    for (int i = 0; i < rows; i++) y[i] = add ? y[i] + dots[i] : dots[i];
                }
            }
        }
        GC.KeepAlive(buffer);
    }

    /// <summary>Copies rows; where there are fewer than eight, the last takes the place of the others.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pack(WeightMatrix matrix, int row, int rows, byte* packed, float* scales)
    {
        byte* unpacked = stackalloc byte[Width];
        int blocks = matrix.Columns / Width;
        for (int i = 0; i < Rows; i++)
        {
            byte* block = matrix.Data + ((row + Math.Min(i, rows - 1)) * matrix.RowBytes);
            int* target = (int*)packed + i;
            for (int b = 0; b < blocks; b++, block += TBlocks.Bytes, target += Quads * Rows)
            {
                TBlocks.Unpack(block).Store(unpacked);
                for (int quad = 0; quad < Quads; quad++) target[quad * Rows] = ((int*)unpacked)[quad];
            }
        }
        for (int i = 0; i < Rows; i++)
        {
            byte* block = matrix.Data + ((row + Math.Min(i, rows - 1)) * matrix.RowBytes);
            for (int b = 0; b < blocks; b += Parts, block += Parts * TBlocks.Bytes)
            {
                int count = Math.Min(Parts, blocks - b);
                Vector256<float> own = count == Parts
                    ? BlockScales.Read(block, TBlocks.Bytes) : BlockScales.Read(block, TBlocks.Bytes, count);
                for (int k = 0; k < count; k++) scales[((b + k) * Rows) + i] = own[k];
            }
        }
    }

    /// <summary>
    /// Adds up every eighth block of all rows for each of four vectors. A separate method, so that its loop can use all registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void AddUp(byte* packed, float* rowScales, int blocks, int part, Activations input, int vector, float* sums)
    {
        sbyte* x = input.Quantized(vector);
        float* scales = input.Scales(vector);
        int* inputSums = input.Sums(vector);
        long stride = input.Quantized(vector + 1) - x, next = input.Scales(vector + 1) - scales;
        Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a;
        for (int block = part; block < blocks; block += Parts)
        {
            int* excess = inputSums + block;
            Vector256<int> i = Begin(excess[0]), j = Begin(excess[next]), k = Begin(excess[2 * next]), l = Begin(excess[3 * next]);
            byte* weights = packed + ((long)block * Width * Rows);
            sbyte* at = x + (block * Width);
            for (sbyte* last = at + Width; at < last; at += sizeof(int), weights += Rows * sizeof(int))
            {
                Vector256<byte> four = Vector256.Load(weights);
                i = TBlocks.AddProducts(i, four, Broadcast(at));
                j = TBlocks.AddProducts(j, four, Broadcast(at + stride));
                k = TBlocks.AddProducts(k, four, Broadcast(at + (2 * stride)));
                l = TBlocks.AddProducts(l, four, Broadcast(at + (3 * stride)));
            }
            Vector256<float> own = Vector256.Load(rowScales + (block * Rows));
            float* scale = scales + block;
            a = AddScaled(i, own, scale[0], a);
            b = AddScaled(j, own, scale[next], b);
            c = AddScaled(k, own, scale[2 * next], c);
            d = AddScaled(l, own, scale[3 * next], d);
        }
        float* target = sums + (part * Rows);
        a.Store(target);
        b.Store(target + (Parts * Rows));
        c.Store(target + (2 * Parts * Rows));
        d.Store(target + (3 * Parts * Rows));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Begin(int sum) =>
        TBlocks.ExcessShift is int shift ? Vector256.Create(-sum << shift) : Vector256<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Broadcast(sbyte* inputs) => Vector256.Create(*(int*)inputs).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddScaled(Vector256<int> integers, Vector256<float> own, float scale, Vector256<float> sum) =>
        Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(integers), own * Vector256.Create(scale), sum);

    /// <summary>The eight parts of each row, added as the lanes of a register are.</summary>
    private static Vector256<float> Total(float* parts)
    {
        Vector256<float> a = Part(parts, 0) + Part(parts, 4), b = Part(parts, 1) + Part(parts, 5);
        Vector256<float> c = Part(parts, 2) + Part(parts, 6), d = Part(parts, 3) + Part(parts, 7);
        return (a + c) + (b + d);
    }

    private static Vector256<float> Part(float* parts, int index) => Vector256.Load(parts + (index * Rows));
}
