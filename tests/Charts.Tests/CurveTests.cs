
namespace Cs336.Charts.Tests;

public class CurveTests
{
    [Fact]
    public void Smoothing_keeps_a_straight_line_and_the_first_value()
    {
        ChartPoint[] line = [.. Enumerable.Range(0, 1_000).Select(step => new ChartPoint(step, 10 - (step / 100.0)))];

        ChartPoint[] smooth = Curve.Smooth(line);

        Assert.Equal(10, smooth[0].Y, precision: 9);
        Assert.All(smooth[..900], point => Assert.Equal(10 - (point.X / 100.0), point.Y, precision: 9));
    }

    [Fact]
    public void Smoothing_takes_the_noise_out()
    {
        ChartPoint[] noisy = [.. Enumerable.Range(0, 1_200).Select(step => new ChartPoint(step, step % 2))];

        Assert.All(Curve.Smooth(noisy)[60..], point => Assert.InRange(point.Y, 0.45, 0.55));
    }

    [Fact]
    public void Thinning_keeps_the_ends_and_the_spikes()
    {
        ChartPoint[] curve = [.. Enumerable.Range(0, 50_000).Select(step => new ChartPoint(step, step == 12_345 ? 9 : 1))];

        ChartPoint[] thin = Curve.Thin(curve, columns: 100);

        Assert.InRange(thin.Length, 100, 400);
        Assert.Equal((curve[0], curve[^1]), (thin[0], thin[^1]));
        Assert.Contains(curve[12_345], thin);
        Assert.Equal(thin.OrderBy(point => point.X), thin);
    }

    [Fact]
    public void Points_are_put_in_order()
    {
        Assert.Equal(
            [new ChartPoint(1, 5), new ChartPoint(2, 4)],
            Curve.Finite([new ChartPoint(2, 4), new ChartPoint(3, double.NaN), new ChartPoint(1, 5)]));
    }
}
