using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using System.Runtime.Intrinsics;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>
/// Two rows of int8 weights times four quantised vectors: a block of weights is loaded once for all four, a vector's scale once for
/// both rows. The sums are those of <see cref="Int8Kernels{TDot}"/>, to the last bit: first the even blocks, then the odd ones.
/// </summary>
internal static unsafe class Int8Tile<TDot>
    where TDot : IInt8Dot
{
    /// <summary>Rows and vectors of a tile.</summary>
    public const int Rows = 2, Vectors = 4;

    private const int Width = Activations.Block;

    /// <summary>Multiplies whole tiles.</summary>
    /// <param name="matrix">The weights.</param>
    /// <param name="begin">The first row.</param>
    /// <param name="end">The row after the last; a whole number of <see cref="Rows"/> after the first. Behind the last of them there is memory to be read to the end of a block.</param>
    /// <param name="input">The vectors.</param>
    /// <param name="vector">The first of the four.</param>
    /// <param name="output">Where the results go.</param>
    /// <param name="add">Whether to add them to what is there.</param>
    /// <param name="prefetch">How far on lie the rows that come next, in bytes, or 0 where they are in the cache already.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(WeightMatrix matrix, int begin, int end, Activations input, int vector, Activations output, bool add, long prefetch)
    {
        int blocks = input.Blocks, stride = blocks * Width, outputStride = output.Width;
        long columns = matrix.Columns;
        sbyte* weights = (sbyte*)matrix.Data + (begin * columns), x = input.Quantized(vector);
        float* xScales = input.Scales(vector), y = output.Row(vector) + begin, rowScales = matrix.Scales + begin;
        int* xOffsets = input.Offsets(vector);
        for (int i = begin; i < end; i += Rows, weights += Rows * columns, y += Rows, rowScales += Rows)
        {
            Vector256<float> s0 = Vector256<float>.Zero, s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
            for (int odd = 0; odd < 2; odd++)
            {
                Vector256<float> a0 = Vector256<float>.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
                sbyte* row = weights + (odd * Width), at = x + (odd * Width);
                for (int block = odd; block < blocks; block += 2, row += 2 * Width, at += 2 * Width)
                {
                    if (Sse.IsSupported && prefetch != 0)
                    {
                        Sse.Prefetch0(row + prefetch);
                        Sse.Prefetch0(row + prefetch + columns);
                    }
                    float* scale = xScales + block;
                    int* offset = xOffsets + block;
                    Vector256<int> begun = TDot.Begin(offset[0]);
                    Vector256<float> factor = Vector256.Create(scale[0]);
                    a0 = AddScaled(TDot.AddBlock(begun, row, at), factor, a0);
                    b0 = AddScaled(TDot.AddBlock(begun, row + columns, at), factor, b0);
                    begun = TDot.Begin(offset[blocks]);
                    factor = Vector256.Create(scale[blocks]);
                    a1 = AddScaled(TDot.AddBlock(begun, row, at + stride), factor, a1);
                    b1 = AddScaled(TDot.AddBlock(begun, row + columns, at + stride), factor, b1);
                    begun = TDot.Begin(offset[2 * blocks]);
                    factor = Vector256.Create(scale[2 * blocks]);
                    a2 = AddScaled(TDot.AddBlock(begun, row, at + (2 * stride)), factor, a2);
                    b2 = AddScaled(TDot.AddBlock(begun, row + columns, at + (2 * stride)), factor, b2);
                    begun = TDot.Begin(offset[3 * blocks]);
                    factor = Vector256.Create(scale[3 * blocks]);
                    a3 = AddScaled(TDot.AddBlock(begun, row, at + (3 * stride)), factor, a3);
                    b3 = AddScaled(TDot.AddBlock(begun, row + columns, at + (3 * stride)), factor, b3);
                }
                (s0, s1, s2, s3) = (s0 + a0, s1 + a1, s2 + a2, s3 + a3);
                (t0, t1, t2, t3) = (t0 + b0, t1 + b1, t2 + b2, t3 + b3);
            }
            Put(y, s0, t0, rowScales, add);
            Put(y + outputStride, s1, t1, rowScales, add);
            Put(y + (2 * outputStride), s2, t2, rowScales, add);
            Put(y + (3 * outputStride), s3, t3, rowScales, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddScaled(Vector256<int> integers, Vector256<float> scale, Vector256<float> sum) =>
        Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(integers), scale, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* y, Vector256<float> first, Vector256<float> second, float* rowScales, bool add)
    {
        float left = Lanes256.Sum(first) * rowScales[0], right = Lanes256.Sum(second) * rowScales[1];
        y[0] = add ? y[0] + left : left;
        y[1] = add ? y[1] + right : right;
    }
}
