using System.Runtime.Intrinsics;
using Cs336.Simd;

namespace Cs336.Inference.Tests;

public sealed unsafe class RowLoopTests
{
    [Fact]
    public void The_loop_maps_each_register_and_adds_up_by_lane()
    {
        float[] from = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], to = new float[13];
        Vector128<float> sum;
        fixed (float* x = from, y = to) sum = MapAndSum.Run<Vector128<float>, Vector128<float>, Doubling>(x, y, 12, default);
        Assert.Equal([2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 0], to);
        Assert.Equal(Vector128.Create(30f, 36, 42, 48), sum);
    }

    [Fact]
    public void A_row_that_fills_no_whole_registers_is_scaled_to_its_end_and_its_maximum_found_anywhere()
    {
        foreach (int count in new[] { 1, 3, 4, 5, 11 })
        {
            for (int place = 0; place < count; place++)
            {
                float[] from = [.. Enumerable.Range(0, count).Select(i => i == place ? 2f : -i)], to = new float[count + 1];
                fixed (float* x = from, y = to)
                {
                    Assert.Equal(2, FloatRow<Lanes128, Vector128<float>>.Max(x, count));
                    FloatRow<Lanes128, Vector128<float>>.Scale(x, y, count, 3);
                }
                Assert.Equal([.. from.Select(value => 3 * value), 0], to);
            }
        }
    }

    private readonly struct Doubling : IMapAndSum<Vector128<float>, Vector128<float>>
    {
        public Vector128<float> Map(Vector128<float> x) => x + x;

        public Vector128<float> Add(Vector128<float> sum, Vector128<float> mapped) => sum + mapped;
    }
}
