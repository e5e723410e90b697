using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Cs336.Inference.Tests;

public sealed unsafe class BlockKernelTests
{
    public static TheoryData<CpuPrecision> Types => [CpuPrecision.Q8_0, CpuPrecision.Q4_0];

    [Fact]
    public void Scales_are_those_of_half_precision_whatever_its_bits()
    {
        byte* blocks = stackalloc byte[8 * 34];
        for (int first = 0; first <= ushort.MaxValue; first += 8)
        {
            for (int i = 0; i < 8; i++) BinaryPrimitives.WriteUInt16LittleEndian(new Span<byte>(blocks + (i * 34), 2), (ushort)(first + i));
            Vector256<float> scales = BlockScales.Read(blocks, 34);
            for (int i = 0; i < 8; i++)
            {
                float expected = (float)BitConverter.UInt16BitsToHalf((ushort)(first + i));
                Assert.True(BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(scales[i])
                    || (float.IsNaN(expected) && float.IsNaN(scales[i])), $"{first + i:x4}: {scales[i]}, expected {expected}");
            }
            Vector256<float> some = BlockScales.Read(blocks, 34, 3);
            Assert.Equal(0, some[3]);
            Assert.Equal(BitConverter.SingleToInt32Bits(scales[2]), BitConverter.SingleToInt32Bits(some[2]));
        }
    }

    /// <summary>
    /// With one block and with more than two groups, with and without a rest; single vectors and tiles, whole and in part.
    /// </summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void Products_are_exact_within_rounding_and_the_same_bits_for_any_number_of_vectors(CpuPrecision type)
    {
        foreach (Kernels kernels in Kernels.Supported)
            foreach (int columns in (int[])[32, 64, 224, 256, 288, 576, 768])
            {
                const int Rows = 53, Vectors = 11;
                (WeightMatrix matrix, float[] weights) = Draw(type, Rows, columns);
                Activations input = new(Vectors, columns, quantized: true, WeightBlocks.Numbers);
                Activations output = new(Vectors, Rows, quantized: false);
                Random random = new(columns);
                for (int v = 0; v < Vectors; v++)
                {
                    for (int i = 0; i < columns; i++) input.Row(v)[i] = (random.NextSingle() - 0.4f) * (i % 37 == 0 ? 20 : 1);
                    input.Quantize(v);
                }
                kernels.Multiply(matrix, 0, Rows, input, Vectors, output, add: false);
                for (int v = 0; v < Vectors; v++)
                    for (int row = 0; row < Rows; row++)
                    {
                        double expected = 0, size = 0;
                        for (int i = 0; i < columns; i++)
                        {
                            double product = (double)weights[(row * columns) + i] * Integer(input, v, i) * input.Scales(v)[i / 32];
                            expected += product;
                            size += Math.Abs(product);
                        }
                        Assert.True(Math.Abs(expected - output.Row(v)[row]) <= 3e-6 * size,
                            $"{kernels.Name}, {columns} columns: {output.Row(v)[row]}, expected {expected}");
                    }
                foreach (int count in (int[])[1, 2, 4, 9])
                {
                    Activations again = new(count, Rows, quantized: false);
                    for (int v = 0; v < count; v++) new Span<float>(again.Row(v), Rows).Fill(v + 1);
                    kernels.Multiply(matrix, 0, 20, input, count, again, add: true);
                    kernels.Multiply(matrix, 20, Rows, input, count, again, add: true);
                    for (int v = 0; v < count; v++)
                        for (int row = 0; row < Rows; row++) Assert.Equal(v + 1 + output.Row(v)[row], again.Row(v)[row]);
                }
            }
    }

    /// <summary>A scale that is infinite or no number gives no number that looks right.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void Scales_that_are_no_numbers_are_not_passed_over(CpuPrecision type)
    {
        foreach (Kernels kernels in Kernels.Supported)
            foreach (Half scale in (Half[])[Half.PositiveInfinity, Half.NaN])
            {
                (WeightMatrix matrix, _) = Draw(type, 1, 320);
                BinaryPrimitives.WriteHalfLittleEndian(new Span<byte>(matrix.Data + WeightMatrix.BytesOf(type, 288), 2), scale);
                Activations input = new(1, 320, quantized: true, WeightBlocks.Numbers), output = new(1, 1, quantized: false);
                new Span<float>(input.Row(0), 320).Fill(1);
                input.Quantize(0);
                kernels.Multiply(matrix, 0, 1, input, 1, output, add: false);
                Assert.False(float.IsFinite(output.Row(0)[0]));
            }
    }

    /// <summary>A number of a quantised vector, told by how the halves of blocks lie.</summary>
    private static int Integer(Activations input, int vector, int number)
    {
        int block = number / 32, half = number % 32 / 16, group = block / 8, inGroup = block % 8;
        return input.Quantized(vector)[(group * 256) + (inGroup % 4 * 64) + (half * 32) + (inGroup / 4 * 16) + (number % 16)];
    }

    /// <summary>A matrix whose bytes are random, scales apart, and its numbers.</summary>
    private static (WeightMatrix Matrix, float[] Weights) Draw(CpuPrecision type, int rows, int columns)
    {
        Random random = new(rows);
        int block = (int)WeightMatrix.BytesOf(type, WeightBlocks.Numbers);
        AlignedBuffer data = new(WeightMatrix.BytesOf(type, (long)rows * columns));
        random.NextBytes(new Span<byte>(data.Pointer, (int)data.Length));
        for (long at = 0; at < data.Length; at += block)
        {
            Half scale = (Half)((random.NextSingle() - 0.5f) * (at % 3 == 0 ? 1e-5f : 1)); // some of them subnormal
            BinaryPrimitives.WriteHalfLittleEndian(new Span<byte>(data.Pointer + at, 2), scale);
        }
        WeightMatrix matrix = new(rows, columns, type, data.Pointer, null, data);
        float[] weights = new float[rows * columns];
        for (int row = 0; row < rows; row++) matrix.ReadRow(row, weights.AsSpan(row * columns, columns));
        return (matrix, weights);
    }
}
