
namespace Cs336.Charts.Tests;

public class CurveTests
{
    [Fact]
    public void Smoothing_keeps_a_straight_line_and_the_first_value()
    {
        CurvePoint[] line = [.. Enumerable.Range(0, 1_000).Select(step => new CurvePoint(step, 10 - (step / 100.0)))];

        CurvePoint[] smooth = Curve.Smooth(line);

        Assert.Equal(10, smooth[0].Loss, precision: 9);
        Assert.All(smooth[..900], point => Assert.Equal(10 - (point.Step / 100.0), point.Loss, precision: 9));
    }

    [Fact]
    public void Smoothing_takes_the_noise_out()
    {
        CurvePoint[] noisy = [.. Enumerable.Range(0, 1_200).Select(step => new CurvePoint(step, step % 2))];

        Assert.All(Curve.Smooth(noisy)[60..], point => Assert.InRange(point.Loss, 0.45, 0.55));
    }

    [Fact]
    public void Thinning_keeps_the_ends_and_the_spikes()
    {
        CurvePoint[] curve = [.. Enumerable.Range(0, 50_000).Select(step => new CurvePoint(step, step == 12_345 ? 9 : 1))];

        CurvePoint[] thin = Curve.Thin(curve, columns: 100);

        Assert.InRange(thin.Length, 100, 400);
        Assert.Equal((curve[0], curve[^1]), (thin[0], thin[^1]));
        Assert.Contains(curve[12_345], thin);
        Assert.Equal(thin.OrderBy(point => point.Step), thin);
    }

    [Fact]
    public void Points_are_put_in_order()
    {
        Assert.Equal(
            [new CurvePoint(1, 5), new CurvePoint(2, 4)],
            Curve.Finite([new CurvePoint(2, 4), new CurvePoint(3, double.NaN), new CurvePoint(1, 5)]));
    }
}
