using System.Xml.Linq;
using Cs336.Testing;

namespace Cs336.Charts.Tests;

public sealed class ChartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_series_has_a_color_of_its_own_and_a_line_in_the_legend()
    {
        Chart chart = Of(
            Enumerable.Range(0, 6).Select(i => new ChartSeries($"optimizer.max_lr={i}e-4,seed={i}", Falling(i), SeriesStyle.Line, i)));
        chart.SavePng(_folder.File("chart.png"));
        XElement svg = XElement.Parse(chart.ToSvg());

        string[] texts = [.. svg.Descendants().Where(item => item.Name.LocalName == "text").Select(item => item.Value)];
        Assert.All(chart.Series, series => Assert.Contains(series.Name, texts));
        Assert.Equal(
            6, svg.Descendants()
                .Where(item => item.Name.LocalName == "polyline" && (string?)item.Attribute("stroke-width") == "2.6")
                .Select(item => (string)item.Attribute("stroke")!).Distinct().Count());
        DecodedPng png = DecodedPng.Read(_folder.File("chart.png"));
        Assert.Equal((1200, 700), (png.Width, png.Height));
        Assert.All(
            Enumerable.Range(0, 6),
            i => Assert.Contains(Enumerable.Range(100, 300), x => png.RowsLike(x, color => color == Palette.Of(i), 76, 620).Any()));
    }

    [Fact]
    public void Both_formats_put_the_curve_in_the_same_place()
    {
        Chart chart = Of([new ChartSeries("a", [new(0, 2), new(100, 4)])]);
        chart.SavePng(_folder.File("chart.png"));
        chart.SaveSvg(_folder.File("chart.svg"));

        string points = (string)XElement.Load(_folder.File("chart.svg")).Descendants().First(
            item => item.Name.LocalName == "polyline").Attribute("points")!;
        Assert.Equal("92,620 1164,76", points);
        DecodedPng png = DecodedPng.Read(_folder.File("chart.png"));
        int middle = (92 + 1164) / 2;
        Assert.InRange(png.RowsLike(middle, color => color == Palette.Of(0), 76, 620).Average(), 346, 350);
    }

    [Fact]
    public void What_ran_away_stands_at_the_upper_edge()
    {
        Chart chart = Of(
            [new ChartSeries("kept", [new(1e-3, 3), new(1e-2, 2)], SeriesStyle.Dots),
            new ChartSeries("diverged", [new(1e-1, double.NaN)], SeriesStyle.Crosses, 3)]) with { XScale = AxisScale.Log };
        string[] strokes =
            [.. XElement.Parse(chart.ToSvg()).Descendants().Where(item => item.Name.LocalName == "polyline")
                .Select(item => (string)item.Attribute("points")!)];
        Assert.Equal(
            2, strokes.Count(points => points.EndsWith(",91", StringComparison.Ordinal) && points.Contains(",81 ", StringComparison.Ordinal)
            // a cross around y = 86
            || points.EndsWith(",81", StringComparison.Ordinal) && points.Contains(",91 ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_logarithmic_axis_puts_equal_ratios_at_equal_distances()
    {
        LogAxis axis = new(1e-4, 1e-1, 0, 300, ticks: 8);
        Assert.Equal(["1e-4", "1e-3", "0.01", "0.1"], axis.Ticks().Select(axis.Label));
        Assert.Equal(axis.Pixel(1e-3) - axis.Pixel(1e-4), axis.Pixel(1e-1) - axis.Pixel(1e-2), 3);
        Assert.InRange(axis.Pixel(1e-4), 0, 20);
        LogAxis narrow = new(1, 64, 0, 300, ticks: 8);
        Assert.Equal(["1", "2", "5", "10", "20", "50"], narrow.Ticks().Select(narrow.Label));
    }

    [Theory]
    [InlineData(AxisScale.Linear)]
    [InlineData(AxisScale.Log)]
    public void A_chart_without_points_says_so(AxisScale scale)
    {
        Chart chart = Of([new ChartSeries("empty", []), new ChartSeries("bad", [new(1, double.NaN)])]) with { XScale = scale };
        Assert.Contains("nothing measured yet", chart.ToSvg());
    }

    [Fact]
    public void Letters_that_xml_reserves_are_no_problem() =>
        Assert.Contains("<|endoftext|> & more", XElement.Parse((Of([]) with { Title = "<|endoftext|> & more" }).ToSvg()).Value);

    private static Chart Of(IEnumerable<ChartSeries> series) =>
        new() { Title = "a title", XLabel = "step", YLabel = "loss", Series = [.. series], LegendWithin = true };

    private static ChartPoint[] Falling(int by) =>
        [.. Enumerable.Range(0, 100).Select(step => new ChartPoint(step, 6 - (step * (1 + by) / 150.0)))];
}
