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
                AddUp(buffer.Pointer, scales, blocks, input, vector, sums);
                for (int v = 0; v < Vectors; v++)
                {
                    Vector256<float> dots = Total(sums + (v * Parts * Rows));
                    float* y = output.Row(vector + v) + row;
                    if (rows == Rows) (add ? Vector256.Load(y) + dots : dots).Store(y);
                    else for (int i = 0; i < rows; i++) y[i] = add ? y[i] + dots[i] : dots[i];
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
    /// For each of four vectors adds up the products with all rows, in eight parts: part p has the blocks p, p + 8, p + 16 and so on. A
    /// separate method, so that its loops can use all registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void AddUp(byte* packed, float* rowScales, int blocks, Activations input, int vector, float* sums)
    {
        sbyte* x = input.Quantized(vector);
        float* scales = input.Scales(vector);
        int* inputSums = input.Sums(vector);
        long stride = input.Quantized(vector + 1) - x, next = input.Scales(vector + 1) - scales;
        for (int part = 0; part < Parts; part++, sums += Rows)
        {
            Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a;
            sbyte* at = x + BlockPairs.Begin(part);
            for (int block = part; block < blocks; block += Parts, at += Parts * Width)
            {
                Vector256<int> i = Vector256<int>.Zero, j = i, k = i, l = i;
                byte* weights = packed + ((long)block * Width * Rows);
                for (int half = 0; half <= BlockPairs.End; half += BlockPairs.End, weights += BlockPairs.Half * Rows)
                {
                    AddQuad(weights, at + half, stride, ref i, ref j, ref k, ref l);
                    AddQuad(weights + (Rows * sizeof(int)), at + half + sizeof(int), stride, ref i, ref j, ref k, ref l);
                    AddQuad(weights + (2 * Rows * sizeof(int)), at + half + (2 * sizeof(int)), stride, ref i, ref j, ref k, ref l);
                    AddQuad(weights + (3 * Rows * sizeof(int)), at + half + (3 * sizeof(int)), stride, ref i, ref j, ref k, ref l);
                }
                Vector256<float> own = Vector256.Load(rowScales + (block * Rows));
                float* scale = scales + block;
                int* excess = inputSums + block;
                a = AddScaled(i, excess[0], own, scale[0], a);
                b = AddScaled(j, excess[next], own, scale[next], b);
                c = AddScaled(k, excess[2 * next], own, scale[2 * next], c);
                d = AddScaled(l, excess[3 * next], own, scale[3 * next], d);
            }
            a.Store(sums);
            b.Store(sums + (Parts * Rows));
            c.Store(sums + (2 * Parts * Rows));
            d.Store(sums + (3 * Parts * Rows));
        }
    }

    /// <summary>Four weights of each row times four numbers of each vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddQuad(
        byte* weights, sbyte* x, long stride, ref Vector256<int> a, ref Vector256<int> b, ref Vector256<int> c, ref Vector256<int> d)
    {
        Vector256<byte> four = Vector256.Load(weights);
        a = TBlocks.AddProducts(a, four, Broadcast(x));
        b = TBlocks.AddProducts(b, four, Broadcast(x + stride));
        c = TBlocks.AddProducts(c, four, Broadcast(x + (2 * stride)));
        d = TBlocks.AddProducts(d, four, Broadcast(x + (3 * stride)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Broadcast(sbyte* inputs) => Vector256.Create(*(int*)inputs).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddScaled(
        Vector256<int> products, int inputSum, Vector256<float> own, float scale, Vector256<float> sum)
    {
        Vector256<int> total = TBlocks.Total(products);
        if (TBlocks.ExcessShift is int shift) total -= Vector256.Create(inputSum << shift);
        return Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(total), own * Vector256.Create(scale), sum);
    }

    /// <summary>The eight parts of each row, added as the lanes of a register are.</summary>
    private static Vector256<float> Total(float* parts)
    {
        Vector256<float> a = Part(parts, 0) + Part(parts, 4), b = Part(parts, 1) + Part(parts, 5);
        Vector256<float> c = Part(parts, 2) + Part(parts, 6), d = Part(parts, 3) + Part(parts, 7);
        return (a + c) + (b + d);
    }

    private static Vector256<float> Part(float* parts, int index) => Vector256.Load(parts + (index * Rows));
}
