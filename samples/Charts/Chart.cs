using System.Numerics;
using Cs336.Tokenizers;

namespace Cs336.Charts;

/// <summary>Curves over two axes, of 1200 x 700 pixels. Needs no fonts and no native library.</summary>
public sealed record Chart
{
    private const float TitleSize = 14;
    private const float TextSize = ChartLayout.TextSize;
    private static readonly Rgb Ink = new(45, 52, 64);
    private static readonly Rgb Grid = new(230, 233, 238);
    private static readonly Rgb White = new(255, 255, 255);

    /// <summary>One line above the plot.</summary>
    public required string Title { get; init; }

    /// <summary>What goes from left to right.</summary>
    public required string XLabel { get; init; }

    /// <summary>What goes from the bottom to the top.</summary>
    public required string YLabel { get; init; }

    /// <summary>The curves; later ones are drawn over earlier ones.</summary>
    public required IReadOnlyList<ChartSeries> Series { get; init; }

    /// <summary>How x values are laid out.</summary>
    public AxisScale XScale { get; init; }

    /// <summary>How y values are laid out.</summary>
    public AxisScale YScale { get; init; }

    /// <summary>Whether only whole numbers are marked along x, as for steps.</summary>
    public bool WholeX { get; init; }

    /// <summary>Where the y axis ends at most; null for where the values do, the rarest spikes left out.</summary>
    public double? MaxY { get; init; }

    /// <summary>
    /// Whether a short legend stands within the plot at the top right, where falling curves are not, instead of beside it.
    /// </summary>
    public bool LegendWithin { get; init; }

    /// <summary>Writes the chart as PNG, beside the file first and then over it: a reader never sees half of it.</summary>
    public void SavePng(string path) => Save(path, new PngDrawing(ChartLayout.Width, ChartLayout.Height));

    /// <summary>Writes the chart as SVG, in the same way.</summary>
    public void SaveSvg(string path) => Save(path, new SvgDrawing(ChartLayout.Width, ChartLayout.Height));

    /// <summary>The chart as SVG in one text, to put into a page.</summary>
    public string ToSvg()
    {
        SvgDrawing drawing = new(ChartLayout.Width, ChartLayout.Height);
        Draw(drawing);
        using MemoryStream stream = new();
        drawing.Save(stream);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private void Save(string path, IDrawing drawing)
    {
        Draw(drawing);
        using AtomicFile file = new(path);
        drawing.Save(file.Stream);
        file.Commit();
    }

    private void Draw(IDrawing drawing)
    {
        ChartLayout layout = ChartLayout.For([.. Series.Select(series => series.Name).OfType<string>()], LegendWithin);
        Box plot = layout.Plot;
        drawing.Text(Title, new Vector2(plot.Left, 46), TitleSize, Ink, bold: true);
        drawing.Text(XLabel, new Vector2(Middle(plot.Left, plot.Right, XLabel), 676), TextSize, Ink);
        drawing.Text(YLabel, new Vector2(34, plot.Bottom - Middle(0, plot.Height, YLabel)), TextSize, Ink, upwards: true);

        (ChartSeries Series, ChartPoint[] Points)[] drawn = [.. Series.Select(series => (series, Drawable(series)))];
        double[] xs = [.. drawn.SelectMany(item => item.Points).Select(point => point.X)];
        double[] ys = [.. drawn.SelectMany(item => Typical(item.Points)).Where(double.IsFinite)];
        if (xs.Length == 0 || ys.Length == 0)
        {
            const string nothing = "nothing measured yet";
            drawing.Text(nothing, new Vector2(Middle(plot.Left, plot.Right, nothing), (plot.Top + plot.Bottom) / 2), TextSize, Ink);
            return;
        }
        Axis x = XScale == AxisScale.Log ? new LogAxis(xs.Min(), xs.Max(), plot.Left, plot.Right, ticks: 8)
            : new LinearAxis(Math.Min(0, xs.Min()), WholeX ? Math.Max(1, xs.Max()) : xs.Max(), plot.Left, plot.Right, ticks: 8, WholeX);
        double top = Math.Min(ys.Max(), MaxY ?? double.PositiveInfinity);
        Axis y = YScale == AxisScale.Log ? new LogAxis(ys.Min(), top, plot.Bottom, plot.Top, ticks: 7)
            : new LinearAxis(ys.Min(), top, plot.Bottom, plot.Top, ticks: 7, wholeNumbers: false);
        DrawAxes(drawing, plot, x, y);

        drawing.Clip = new Box(plot.Left - 8, plot.Top - 8, plot.Right + 8, plot.Bottom + 8);
        foreach ((ChartSeries series, ChartPoint[] points) in drawn) DrawSeries(drawing, series, points, plot, x, y);
        drawing.Clip = null;
        DrawLegend(drawing, layout.Legend);
    }

    /// <summary>The points that have a place in the chart, in the order of x.</summary>
    private ChartPoint[] Drawable(ChartSeries series) =>
    [
        .. series.Points.Where(point => double.IsFinite(point.X) && (double.IsFinite(point.Y) || series.Style == SeriesStyle.Crosses))
            .Where(point => (XScale != AxisScale.Log || point.X > 0) && (YScale != AxisScale.Log || !(point.Y <= 0)))
            .OrderBy(point => point.X),
    ];

    /// <summary>The values but the most extreme hundredth of long runs: no spike shall flatten the curve.</summary>
    private static IEnumerable<double> Typical(ChartPoint[] points)
    {
        int spikes = points.Length / 200;
        return points.Select(point => point.Y).Order().Skip(spikes).SkipLast(spikes);
    }

    private void DrawSeries(IDrawing drawing, ChartSeries series, ChartPoint[] points, Box plot, Axis x, Axis y)
    {
        ChartPoint[] few = XScale == AxisScale.Log ? points : Curve.Thin(points, plot.Width); // thinning goes by equal parts of x
        Vector2[] pixels =
            [.. few.Select(point => new Vector2(x.Pixel(point.X), double.IsFinite(point.Y) ? y.Pixel(point.Y) : plot.Top + 10))];
        DrawLine(drawing, series, pixels);
        if (series.Style == SeriesStyle.Dots)
            foreach (Vector2 pixel in pixels) Dot(drawing, pixel, series.Color);
        if (series.Style == SeriesStyle.Crosses)
            foreach (Vector2 pixel in pixels) Cross(drawing, pixel, series.Color);
    }

    private static void DrawLine(IDrawing drawing, ChartSeries series, Vector2[] pixels)
    {
        Rgb color = Palette.Of(series.Color);
        if (series.Style == SeriesStyle.Faint) drawing.Stroke(pixels, 1.3f, color, opacity: 0.28f);
        else if (series.Style == SeriesStyle.Line) drawing.Stroke(pixels, pixels.Length == 1 ? 8 : 2.6f, color);
        else if (series.Style == SeriesStyle.Dots) drawing.Stroke(pixels, 2.2f, color);
    }

    private static void Dot(IDrawing drawing, Vector2 at, int color)
    {
        drawing.Stroke([at], 9, White);
        drawing.Stroke([at], 7, Palette.Of(color));
    }

    private static void Cross(IDrawing drawing, Vector2 at, int color)
    {
        Vector2 arm = new(5, 5), other = new(5, -5);
        drawing.Stroke([at - arm, at + arm], 2.6f, Palette.Of(color));
        drawing.Stroke([at - other, at + other], 2.6f, Palette.Of(color));
    }

    private static void DrawAxes(IDrawing drawing, Box plot, Axis x, Axis y)
    {
        foreach (double tick in y.Ticks())
        {
            int row = (int)MathF.Round(y.Pixel(tick));
            drawing.Fill(new Box(plot.Left, row, plot.Right, row + 1), Grid);
            string label = y.Label(tick);
            drawing.Text(label, new Vector2(plot.Left - 12 - StrokeFont.Measure(label, TextSize), row + (TextSize / 2)), TextSize, Ink);
        }
        foreach (double tick in x.Ticks())
        {
            int column = (int)MathF.Round(x.Pixel(tick));
            drawing.Fill(new Box(column, plot.Top, column + 1, plot.Bottom), Grid);
            drawing.Fill(new Box(column, plot.Bottom, column + 1, plot.Bottom + 6), Ink);
            string label = x.Label(tick);
            drawing.Text(label, new Vector2(Middle(column, column, label), plot.Bottom + 14 + TextSize), TextSize, Ink);
        }
        drawing.Fill(new Box(plot.Left, plot.Bottom, plot.Right, plot.Bottom + 1), Ink);
        drawing.Fill(new Box(plot.Left, plot.Top, plot.Left + 1, plot.Bottom + 1), Ink);
    }

    private void DrawLegend(IDrawing drawing, Box legend)
    {
        ChartSeries[] named = [.. Series.Where(series => series.Name is not null)];
        if (named.Length == 0) return;
        drawing.Fill(legend, White);
        float y = legend.Top + 6 + (ChartLayout.LegendLineHeight / 2);
        foreach (ChartSeries series in named)
        {
            Vector2 left = new(legend.Left + 14, y), right = new(legend.Left + 54, y), middle = (left + right) / 2;
            DrawLine(drawing, series, [left, right]);
            if (series.Style == SeriesStyle.Dots) Dot(drawing, middle, series.Color);
            if (series.Style == SeriesStyle.Crosses) Cross(drawing, middle, series.Color);
            drawing.Text(
                Fitting(series.Name!, legend.Right - legend.Left - 70), new Vector2(legend.Left + 70, y + (TextSize / 2)), TextSize, Ink);
            y += ChartLayout.LegendLineHeight;
        }
    }

    /// <summary>A name, cut in its middle where it is too long: runs often differ at the end.</summary>
    private static string Fitting(string name, float width)
    {
        for (int kept = name.Length; kept > 8; kept--)
        {
            string shown = kept == name.Length ? name : $"{name[..(kept / 3)]}...{name[^(kept - (kept / 3))..]}";
            if (StrokeFont.Measure(shown, TextSize) <= width) return shown;
        }
        return name;
    }

    private static float Middle(float from, float to, string text) => (from + to - StrokeFont.Measure(text, TextSize)) / 2;
}
