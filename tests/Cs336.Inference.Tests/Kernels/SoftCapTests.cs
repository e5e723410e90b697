using System.Runtime.Intrinsics;
using Cs336.Simd;

namespace Cs336.Inference.Tests;

public sealed unsafe class SoftCapTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    public void Capped_numbers_and_slopes_are_those_of_the_hyperbolic_tangent_in_every_width(float cap)
    {
        Random random = new(1);
        float[] values =
            [0, cap, -cap, 1e-6f, 1e30f, -1e30f, float.PositiveInfinity,
                .. Enumerable.Range(0, 500).Select(_ => 12 * cap * (random.NextSingle() - 0.5f))];
        foreach (int count in new[] { values.Length, 1, 5, 19 })
        {
            Check(values[..count], cap, SoftCap<Lanes512, Vector512<float>>.Apply);
            Check(values[..count], cap, SoftCap<Lanes256, Vector256<float>>.Apply);
            Check(values[..count], cap, SoftCap<Lanes128, Vector128<float>>.Apply);
        }
    }

    [Fact]
    public void What_is_no_number_stays_none()
    {
        float[] values = [float.NaN, 1, 2, 3, 4];
        fixed (float* row = values) SoftCap<Lanes128, Vector128<float>>.Apply(row, null, values.Length, 2);
        Assert.True(float.IsNaN(values[0]));
        Assert.All(values[1..], value => Assert.InRange(value, 0.9f, 2));
    }

    private delegate void Cap(float* row, float* slopes, int count, float cap);

    private static void Check(float[] values, float cap, Cap apply)
    {
        float[] capped = [.. values], slopes = new float[values.Length], alone = [.. values];
        fixed (float* row = capped, derivatives = slopes) apply(row, derivatives, values.Length, cap);
        fixed (float* row = alone)
        {
            // One by one and without slopes: a number's result does not depend on its place.
            for (int i = 0; i < values.Length; i++) apply(row + i, null, 1, cap);
        }
        Assert.Equal(capped, alone);
        for (int i = 0; i < values.Length; i++)
        {
            double tangent = Math.Tanh((double)values[i] / cap);
            Assert.InRange(
                capped[i], (cap * tangent) - (5e-7 * cap * Math.Abs(tangent)), (cap * tangent) + (5e-7 * cap * Math.Abs(tangent)));
            Assert.InRange(slopes[i], 1 - (tangent * tangent) - 1e-6, 1 - (tangent * tangent) + 1e-6);
        }
    }
}
