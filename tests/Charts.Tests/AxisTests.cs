
namespace Cs336.Charts.Tests;

public class AxisTests
{
    [Theory]
    [InlineData(0.52, 7.36, "0 1 2 3 4 5 6 7 8")]
    [InlineData(1.31, 1.42, "1.30 1.32 1.34 1.36 1.38 1.40 1.42")]
    [InlineData(-0.4, 0.9, "-0.4 -0.2 0.0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(1.5, 1.5, "1.490 1.495 1.500 1.505 1.510")]
    [InlineData(0, 30_000_000, "0 5M 10M 15M 20M 25M 30M")]
    public void Losses_have_round_marks_around_them(double low, double high, string labels)
    {
        var axis = new LinearAxis(low, high, 100, 0, ticks: 7, wholeNumbers: false);

        Assert.Equal(labels, string.Join(' ', axis.Ticks().Select(axis.Label)));
        Assert.InRange(axis.Pixel(low), 0, 100);
        Assert.InRange(axis.Pixel(high), 0, 100);
    }

    [Theory]
    [InlineData(0, 1, "0 1")]
    [InlineData(0, 3, "0 1 2 3")]
    [InlineData(0, 500, "0 100 200 300 400 500")]
    [InlineData(0, 1_234, "0 200 400 600 800 1000 1200")]
    [InlineData(0, 100_000, "0 20k 40k 60k 80k 100k")]
    [InlineData(0, 12_000, "0 2k 4k 6k 8k 10k 12k")]
    public void Steps_have_whole_marks_within_them(double low, double high, string labels)
    {
        var axis = new LinearAxis(low, high, 0, 100, ticks: 8, wholeNumbers: true);

        Assert.Equal(labels, string.Join(' ', axis.Ticks().Select(axis.Label)));
        Assert.Equal(0, axis.Pixel(low));
        Assert.Equal(100, axis.Pixel(high));
    }
}
