namespace Cs336.Charts;

/// <summary>What is done to a curve before it is drawn.</summary>
public static class Curve
{
    /// <summary>The points whose loss is a finite number, in the order of their steps.</summary>
    public static ChartPoint[] Finite(IEnumerable<ChartPoint> points) =>
        [.. points.Where(point => double.IsFinite(point.Y)).OrderBy(point => point.X)];

    /// <summary>
    /// Moving averages, taken twice, over a thirtieth of the points. Near the start the window shrinks on both sides:
    /// the steep fall of the first steps stays where it was.
    /// </summary>
    public static ChartPoint[] Smooth(ChartPoint[] points) => Average(Average(points));

    /// <summary>
    /// At most four points for each of <paramref name="columns"/> parts of the curve: the first, the least, the
    /// greatest and the last, so that no spike is lost.
    /// </summary>
    public static ChartPoint[] Thin(ChartPoint[] points, int columns)
    {
        if (points.Length <= 4 * columns) return points;

        double first = points[0].X, width = (points[^1].X - first + 1) / columns;
        return
        [
            .. points.GroupBy(point => (int)((point.X - first) / width)).SelectMany(column => Extremes([.. column])),
        ];
    }

    private static IEnumerable<ChartPoint> Extremes(ChartPoint[] points)
    {
        ChartPoint[] four =
            [points[0], points.MinBy(point => point.Y), points.MaxBy(point => point.Y), points[^1]];
        return four.Distinct().OrderBy(point => point.X);
    }

    private static ChartPoint[] Average(ChartPoint[] points)
    {
        var sums = new double[points.Length + 1];
        for (int i = 0; i < points.Length; i++) sums[i + 1] = sums[i] + points[i].Y;

        return [.. points.Select((point, i) =>
        {
            int reach = Math.Min(points.Length / 60, i);
            int end = Math.Min(i + reach + 1, points.Length);
            return point with { Y = (sums[end] - sums[i - reach]) / (end - i + reach) };
        })];
    }
}
