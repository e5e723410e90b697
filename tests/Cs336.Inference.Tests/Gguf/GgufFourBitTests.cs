using System.Buffers.Binary;

namespace Cs336.Inference.Tests;

public sealed class GgufFourBitTests
{
    /// <summary>Next to the rule of ggml's reference: the number of largest magnitude becomes -8.</summary>
    [Fact]
    public void Integers_are_nearer_to_the_numbers_than_by_the_largest_alone()
    {
        Random random = new(11);
        double ours = 0, byLargest = 0;
        for (int block = 0; block < 300; block++)
        {
            float[] values = [.. Enumerable.Range(0, 32)
                .Select(_ => (random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f) / 7)];
            float largest = values.MaxBy(MathF.Abs), scale = (float)(Half)(largest / -8);
            double reference = values.Sum(value => Math.Pow(value - (scale * Math.Clamp(MathF.Round(value / scale), -8, 7)), 2));
            double found = values.Zip(RoundTrip(values), (a, b) => Math.Pow(a - b, 2)).Sum();
            Assert.InRange(found, 0, reference * 1.05); // the half-precision scale may be the worse for a block now and then
            ours += found;
            byLargest += reference;
        }
        Assert.InRange(ours / byLargest, 0.5, 0.9);
    }

    /// <summary>The same on any processor, and with the signs changed all but the scale's sign.</summary>
    [Fact]
    public void The_bytes_of_numbers_are_these()
    {
        float[] values = [.. Enumerable.Range(0, 32).Select(i => ((i * 37 % 64) - 31) / 64f)];
        byte[] bytes = new byte[WeightBlocks.Q4Bytes];
        Assert.True(GgufFourBits.TryWrite(values, bytes));
        Assert.Equal("21ACCF379D047BD248BF268CF36AD148AE15", Convert.ToHexString(bytes));
        Assert.True(GgufFourBits.TryWrite([.. values.Select(value => -value)], bytes));
        Assert.Equal("212CCF379D047BD248BF268CF36AD148AE15", Convert.ToHexString(bytes));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-42f)]
    [InlineData(1e-9f)]
    public void Numbers_too_small_for_a_scale_become_zeros(float value)
    {
        byte[] bytes = new byte[WeightBlocks.Q4Bytes];
        Assert.True(GgufFourBits.TryWrite(Enumerable.Repeat(value, 32).ToArray(), bytes));
        Assert.Equal(0, (float)BinaryPrimitives.ReadHalfLittleEndian(bytes));
        Assert.Equal(new float[32], RoundTrip(Enumerable.Repeat(value, 32).ToArray()));
    }

    [Fact]
    public void Numbers_that_integers_are_enough_for_come_back_as_they_were()
    {
        float[] values = [.. Enumerable.Range(0, 32).Select(i => ((i % 16) - 8) * 0.25f)];
        Assert.Equal(values, RoundTrip(values));
    }

    [Theory]
    [InlineData(1e7f)]
    [InlineData(float.MaxValue)]
    public void Numbers_too_large_for_a_scale_are_refused(float value) =>
        Assert.False(GgufFourBits.TryWrite(Enumerable.Repeat(-value, 32).ToArray(), new byte[WeightBlocks.Q4Bytes]));

    private static float[] RoundTrip(float[] values)
    {
        byte[] bytes = new byte[WeightBlocks.Q4Bytes];
        Assert.Null(GgufElements.Write(values, GgufType.Q4_0, bytes));
        float[] read = new float[values.Length];
        GgufElements.Read(bytes, GgufType.Q4_0, read);
        return read;
    }
}
