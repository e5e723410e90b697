using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using System.Runtime.Intrinsics;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>
/// Two rows of float weights times four vectors, for a processor with 32 registers of 512 bits: what is loaded is used for as many
/// products as the processor has arithmetic for. The sums are those of <see cref="FloatKernels{TFormat, TLanes, TVector}"/>, to the
/// last bit: of the four of a product first two are taken along the row and then the others, so that all have a register.
/// </summary>
internal static unsafe class FloatTile<TFormat>
    where TFormat : IWeightFormat
{
    /// <summary>Rows and vectors of a tile, and what the columns must be a multiple of.</summary>
    public const int Rows = 2, Vectors = 4, Columns = 64;

    private const int Width = 16;

    /// <summary>Multiplies whole tiles.</summary>
    /// <param name="matrix">The weights; a whole number of <see cref="Columns"/>.</param>
    /// <param name="begin">The first row.</param>
    /// <param name="end">The row after the last; a whole number of <see cref="Rows"/> after the first.</param>
    /// <param name="input">The vectors.</param>
    /// <param name="vector">The first of the four.</param>
    /// <param name="output">Where the results go.</param>
    /// <param name="add">Whether to add them to what is there.</param>
    /// <param name="prefetch">How far on lie the rows that come next, in bytes, or 0 where they are in the cache already.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(WeightMatrix matrix, int begin, int end, Activations input, int vector, Activations output, bool add, long prefetch)
    {
        int columns = matrix.Columns, inputStride = input.Width, outputStride = output.Width, bytes = Width * TFormat.Size;
        long rowBytes = matrix.RowBytes;
        byte* weights = matrix.Data + (begin * rowBytes);
        float* x = input.Row(vector), y = output.Row(vector) + begin;
        for (int i = begin; i < end; i += Rows, weights += Rows * rowBytes, y += Rows)
        {
            // a and b: two of the four sums of the first row with each vector; c and d: of the second row; s and t: what they come to.
            Vector512<float> s0 = Vector512<float>.Zero, s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
            for (int half = 0; half < 2; half++)
            {
                Vector512<float> a0 = Vector512<float>.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
                Vector512<float> c0 = a0, c1 = a0, c2 = a0, c3 = a0, d0 = a0, d1 = a0, d2 = a0, d3 = a0;
                byte* row = weights + (2 * half * bytes);
                float* at = x + (2 * half * Width);
                for (float* last = x + columns; at < last; at += Columns, row += 4 * bytes)
                {
                    if (prefetch != 0)
                    {
                        Sse.Prefetch0(row + prefetch);
                        Sse.Prefetch0(row + prefetch + bytes);
                        Sse.Prefetch0(row + prefetch + rowBytes);
                        Sse.Prefetch0(row + prefetch + rowBytes + bytes);
                    }
                    Vector512<float> first = Load(row), second = Load(row + rowBytes), values = Vector512.Load(at);
                    (a0, c0) = (AddProduct(first, values, a0), AddProduct(second, values, c0));
                    values = Vector512.Load(at + inputStride);
                    (a1, c1) = (AddProduct(first, values, a1), AddProduct(second, values, c1));
                    values = Vector512.Load(at + (2 * inputStride));
                    (a2, c2) = (AddProduct(first, values, a2), AddProduct(second, values, c2));
                    values = Vector512.Load(at + (3 * inputStride));
                    (a3, c3) = (AddProduct(first, values, a3), AddProduct(second, values, c3));

                    first = Load(row + bytes);
                    second = Load(row + rowBytes + bytes);
                    values = Vector512.Load(at + Width);
                    (b0, d0) = (AddProduct(first, values, b0), AddProduct(second, values, d0));
                    values = Vector512.Load(at + inputStride + Width);
                    (b1, d1) = (AddProduct(first, values, b1), AddProduct(second, values, d1));
                    values = Vector512.Load(at + (2 * inputStride) + Width);
                    (b2, d2) = (AddProduct(first, values, b2), AddProduct(second, values, d2));
                    values = Vector512.Load(at + (3 * inputStride) + Width);
                    (b3, d3) = (AddProduct(first, values, b3), AddProduct(second, values, d3));
                }
                (s0, s1, s2, s3) = (s0 + (a0 + b0), s1 + (a1 + b1), s2 + (a2 + b2), s3 + (a3 + b3));
                (t0, t1, t2, t3) = (t0 + (c0 + d0), t1 + (c1 + d1), t2 + (c2 + d2), t3 + (c3 + d3));
            }
            Put(y, s0, t0, add);
            Put(y + outputStride, s1, t1, add);
            Put(y + (2 * outputStride), s2, t2, add);
            Put(y + (3 * outputStride), s3, t3, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load(byte* source) => TFormat.Load<Lanes512, Vector512<float>>(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> AddProduct(Vector512<float> a, Vector512<float> b, Vector512<float> sum) => Lanes512.MultiplyAdd(a, b, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* y, Vector512<float> first, Vector512<float> second, bool add)
    {
        float left = Lanes512.Sum(first), right = Lanes512.Sum(second);
        y[0] = add ? y[0] + left : left;
        y[1] = add ? y[1] + right : right;
    }
}
