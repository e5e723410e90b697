using Cs336.Testing;

namespace Cs336.Charts.Tests;

public sealed class LearningCurveChartTests : IDisposable
{
    private const int PlotLeft = 92, PlotRight = 1164, PlotTop = 76, PlotBottom = 620;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Curves_are_where_their_losses_are()
    {
        // Losses of 2 and 4 from step 0 to 100: the axis goes from 2 to 4, so both curves lie on the edges of the plot.
        DecodedPng chart = Draw(
            [.. Enumerable.Range(0, 101).Select(step => new ChartPoint(step, 4 - (step / 50.0)))],
            [new ChartPoint(0, 4), new ChartPoint(100, 2)]);

        Assert.Equal((1200, 700), (chart.Width, chart.Height));
        foreach (int percent in new[] { 10, 33, 50, 75 })
        {
            int x = PlotLeft + ((PlotRight - PlotLeft) * percent / 100);
            int y = PlotTop + ((PlotBottom - PlotTop) * percent / 100);
            int[] rows = [.. chart.RowsLike(x, IsOrange, PlotTop, PlotBottom)];
            Assert.NotEmpty(rows);
            Assert.InRange(rows.Average(), y - 2, y + 2);
        }
    }

    [Fact]
    public void Training_is_blue_and_validation_orange()
    {
        ChartPoint[] falling = [new(0, 8), new(50, 3), new(100, 2)];

        DecodedPng training = Draw(falling, []), validation = Draw([], falling);

        Assert.True(Count(training, IsBlue) > 1_000);
        Assert.Equal(0, Count(training, IsOrange));
        Assert.True(Count(validation, IsOrange) > 1_000);
        Assert.Equal(0, Count(validation, IsBlue));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_run_that_has_hardly_begun_has_a_chart(int points)
    {
        ChartPoint[] training = [.. Enumerable.Range(1, points).Select(step => new ChartPoint(step, 7))];

        DecodedPng chart = Draw(training, training);

        Assert.Equal(points > 0, Count(chart, IsOrange) > 0);
    }

    [Fact]
    public void Values_that_are_not_finite_are_left_out()
    {
        ChartPoint[] clean = [new(0, 5), new(10, 4), new(30, 3)];
        ChartPoint[] dirty =
        [
            new(0, 5), new(5, double.NaN), new(10, 4), new(20, double.PositiveInfinity), new(30, 3),
            new(40, double.NegativeInfinity),
        ];

        Draw(clean, clean, "clean.png");
        Draw(dirty, dirty, "dirty.png");

        Assert.Equal(File.ReadAllBytes(_folder.File("clean.png")), File.ReadAllBytes(_folder.File("dirty.png")));
    }

    [Fact]
    public void A_spike_in_a_long_run_does_not_flatten_the_curve()
    {
        ChartPoint[] training =
        [
            .. Enumerable.Range(0, 100_000)
                .Select(step => new ChartPoint(step, step == 70_000 ? 500 : 4 - (step / 50_000.0))),
        ];

        DecodedPng chart = Draw(training, []);

        int middle = (PlotLeft + PlotRight) / 2;
        Assert.InRange(chart.RowsLike(middle, IsBlue, PlotTop, PlotBottom).Average(), 330, 366);
    }

    [Fact]
    public void A_curve_that_stands_still_is_a_level_line()
    {
        DecodedPng chart = Draw([.. Enumerable.Range(0, 50).Select(step => new ChartPoint(step, 1.25 + (1e-12 * step)))], []);

        int[] columns = [200, 500, 1_100];
        Assert.Single(columns.Select(x => chart.RowsLike(x, IsBlue, 200, PlotBottom).Average()).Distinct());
    }

    [Fact]
    public void An_older_chart_is_replaced_and_nothing_else_left_behind()
    {
        File.WriteAllText(_folder.File("curve.png"), "an older chart");

        Draw([new ChartPoint(1, 2)], []);

        Assert.Equal([_folder.File("curve.png")], Directory.GetFiles(_folder.Path));
    }

    private DecodedPng Draw(ChartPoint[] training, ChartPoint[] validation, string name = "curve.png")
    {
        LearningCurveChart.Save(_folder.File(name), training, validation, "training loss 1.23, validation loss 1.20");
        return DecodedPng.Read(_folder.File(name));
    }

    private static int Count(DecodedPng chart, Func<Rgb, bool> isLike) =>
        Enumerable.Range(0, chart.Width).Sum(x => chart.RowsLike(x, isLike, 0, chart.Height).Count());

    private static bool IsBlue(Rgb color) => color.Blue > color.Red + 90;

    private static bool IsOrange(Rgb color) => color.Red > color.Blue + 90;
}
