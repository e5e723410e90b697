using System.Buffers.Binary;

namespace Cs336.Inference.Tests;

/// <summary>Blocks that were packed here by the format's description; tests/Gguf.Tests holds them to llama.cpp.</summary>
public sealed class GgufSuperBlockTests
{
    [Fact]
    public void Numbers_of_four_bits_are_scaled_and_moved_in_parts_of_32()
    {
        Random random = new(3);
        int[] scales = Draw(random, 8, 64), minima = Draw(random, 8, 64), numbers = Draw(random, 256, 16);
        byte[] block = new byte[GgufSuperBlocks.Q4Bytes];
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)0.5);
        BinaryPrimitives.WriteHalfLittleEndian(block.AsSpan(2), (Half)0.25);
        for (int part = 0; part < 4; part++)
        {
            block[4 + part] = (byte)(scales[part] | (scales[part + 4] >> 4 << 6));
            block[8 + part] = (byte)(minima[part] | (minima[part + 4] >> 4 << 6));
            block[12 + part] = (byte)((scales[part + 4] & 15) | ((minima[part + 4] & 15) << 4));
        }
        for (int i = 0; i < 256; i++) block[16 + (i / 64 * 32) + (i % 32)] |= (byte)(numbers[i] << (i % 64 < 32 ? 0 : 4));
        float[] values = new float[256];
        GgufElements.Read(block, GgufType.Q4_K, values);
        for (int i = 0; i < 256; i++)
            Assert.Equal((0.5f * scales[i / 32] * numbers[i]) - (0.25f * minima[i / 32]), values[i]);
    }

    [Fact]
    public void Numbers_of_six_bits_are_scaled_in_parts_of_16()
    {
        Random random = new(4);
        int[] scales = Draw(random, 16, 256), numbers = Draw(random, 256, 64);
        byte[] block = new byte[GgufSuperBlocks.Q6Bytes];
        for (int i = 0; i < 256; i++)
        {
            int half = i / 128, row = i % 128 / 32, column = i % 32;
            block[(half * 64) + (row % 2 * 32) + column] |= (byte)((numbers[i] & 15) << (row < 2 ? 0 : 4));
            block[128 + (half * 32) + column] |= (byte)(numbers[i] >> 4 << (2 * row));
        }
        for (int i = 0; i < 16; i++) block[192 + i] = (byte)(scales[i] - 128);
        BinaryPrimitives.WriteHalfLittleEndian(block.AsSpan(208), (Half)0.125);
        float[] values = new float[256];
        GgufElements.Read(block, GgufType.Q6_K, values);
        for (int i = 0; i < 256; i++) Assert.Equal(0.125f * (scales[i / 16] - 128) * (numbers[i] - 32), values[i]);
    }

    [Theory]
    [InlineData(GgufType.Q4_K)]
    [InlineData(GgufType.Q6_K)]
    public void They_are_not_written(GgufType type)
    {
        string problem = Assert.Single(GgufExport.FindProblems(
            GgufModels.Config with { DModel = 256, DFf = 512 }, GgufModels.Tokenizer(), new GgufExportOptions { Type = type }));
        Assert.Equal($"the type is {type}, but must be one of F32, F16, Q4_0, Q8_0, BF16", problem);
    }

    private static int[] Draw(Random random, int count, int end) => [.. Enumerable.Range(0, count).Select(_ => random.Next(end))];
}
