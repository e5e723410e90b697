namespace Cs336.Charts;

/// <summary>Where the parts of a chart of 1200 x 700 pixels are.</summary>
/// <param name="Plot">The curves.</param>
/// <param name="Legend">The names of the series.</param>
internal readonly record struct ChartLayout(Box Plot, Box Legend)
{
    public const int Width = 1200;
    public const int Height = 700;
    public const float TextSize = 11;
    public const int LegendLineHeight = 28;
    private const int SampleWidth = 70;
    private const int MostRowsWithin = 4;
    private const int WidestWithin = 240;
    private const int WidestBeside = 420;

    /// <summary>Names stand beside the plot, or few short ones within it.</summary>
    /// <param name="names">What the legend says.</param>
    /// <param name="mayCover">Whether the plot may be covered at the top right.</param>
    public static ChartLayout For(IReadOnlyList<string> names, bool mayCover)
    {
        int width = names.Count == 0 ? 0 : SampleWidth + (int)MathF.Ceiling(names.Max(name => StrokeFont.Measure(name, TextSize)));
        Box whole = new(92, 76, 1164, 620);
        bool within = mayCover && names.Count <= MostRowsWithin && width <= WidestWithin;
        width = within ? WidestWithin : Math.Min(width, WidestBeside);
        Box plot = within ? whole : whole with { Right = Width - 36 - width };
        int top = plot.Top + (within ? 12 : 0);
        return new ChartLayout(
            plot, new Box(
            within ? plot.Right - width : plot.Right + 24, top, within ? plot.Right : Width, top + 12 + (names.Count * LegendLineHeight)));
    }
}
