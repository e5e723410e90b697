using Cs336.Simd;
using System.Runtime.Intrinsics;

namespace Cs336.Inference.Tests;

public sealed unsafe class VectorKernelTests
{
    [Fact]
    public void The_exponential_is_within_two_units_in_the_last_place()
    {
        Random random = new(1);
        double worst = 0;
        for (int i = 0; i < 200_000; i++)
        {
            float x = i < 100_000 ? (random.NextSingle() * 175) - 87.2f : (random.NextSingle() * 4) - 2;
            double expected = Math.Exp(x), unit = MathF.BitIncrement((float)expected) - (float)expected;
            worst = Math.Max(worst, Math.Abs(Exponential<Lanes128, Vector128<float>>.Apply(Vector128.Create(x))[0] - expected) / unit);
        }
        Assert.InRange(worst, 0.4, 2);
    }

    [Theory]
    [InlineData(float.NaN, float.NaN)]
    [InlineData(float.NegativeInfinity, 1.219243e-38f)]
    [InlineData(-1000f, 1.219243e-38f)]
    [InlineData(0f, 1f)]
    public void The_exponential_ends_at_the_smallest_normal_numbers(float x, float expected)
    {
        float actual = Exponential<Lanes128, Vector128<float>>.Apply(Vector128.Create(x))[2];
        if (float.IsNaN(expected)) Assert.True(float.IsNaN(actual));
        else Assert.InRange(actual, expected * 0.99f, expected * 1.01f);
    }

    [Theory]
    [InlineData(0x3F800000u, 0x3F80)] // 1
    [InlineData(0x3F808000u, 0x3F80)] // a tie goes to the even one below
    [InlineData(0x3F818000u, 0x3F82)] // and to the even one above
    [InlineData(0x3F808001u, 0x3F81)]
    [InlineData(0x7F7FFFFFu, 0x7F80)] // the largest float becomes infinite
    [InlineData(0x7F800001u, 0x7FC0)] // NaN stays NaN
    public void Bfloat16_rounds_to_nearest_even(uint bits, int expected)
    {
        Assert.Equal((ushort)expected, BFloat16Format.FromSingle(BitConverter.UInt32BitsToSingle(bits)));
    }

    [Fact]
    public void Int8_brings_the_largest_magnitude_to_127_and_the_rest_to_the_nearest_integer()
    {
        Random random = new(2);
        foreach (int count in new[] { 1, 5, 16, 40, 64 })
        {
            float[] values = [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * 3)];
            sbyte[] integers = new sbyte[count];
            float scale;
            int sum;
            fixed (float* source = values)
            fixed (sbyte* target = integers) scale = Int8Quantization.Quantize(source, count, target, out sum);
            Assert.Equal(127, integers.Max(value => Math.Abs((int)value)));
            Assert.Equal(integers.Sum(value => value), sum);
            for (int i = 0; i < count; i++)
                Assert.InRange(integers[i] * scale, values[i] - (0.5001f * scale), values[i] + (0.5001f * scale));
        }
    }

    [Fact]
    public void Int8_of_zeros_is_zero_and_of_what_is_no_number_has_no_scale()
    {
        sbyte* target = stackalloc sbyte[64];
        float* source = stackalloc float[64];
        new Span<float>(source, 64).Clear();
        Assert.Equal(0, Int8Quantization.Quantize(source, 64, target, out int sum));
        Assert.Equal((0, 0), (sum, target[63]));
        foreach (float bad in new[] { float.NaN, float.PositiveInfinity })
        {
            foreach (int place in new[] { 0, 50 })
            {
                source[place] = bad;
                Assert.True(float.IsNaN(Int8Quantization.Quantize(source, 51, target, out _)));
                source[place] = 0;
            }
        }
    }
}
