namespace Cs336.Charts;

/// <summary>Points that belong together.</summary>
/// <param name="Name">What the legend calls them; null to leave them out of it.</param>
/// <param name="Points">In any order.</param>
/// <param name="Style">How they are drawn.</param>
/// <param name="Color">Which color of <see cref="Palette"/>; the same number, the same color.</param>
public sealed record ChartSeries(string? Name, IReadOnlyList<ChartPoint> Points, SeriesStyle Style = SeriesStyle.Line, int Color = 0);
