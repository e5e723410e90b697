using System.Globalization;
using Cs336.Charts;

namespace Cs336.Cli;

/// <summary>
/// What a set of runs says of the one or two numbers that were varied: the final validation loss against one, a line for each value
/// of the other.
/// </summary>
internal static class SweepChart
{
    /// <summary>The chart, or null where the runs do not vary in one or two numbers (seeds aside).</summary>
    public static Chart? TryCreate(IReadOnlyList<RunRecord> runs)
    {
        string[] keys =
        [
            .. runs.SelectMany(run => run.Settings.Keys).Distinct().Where(key => key != RunRecord.SeedKey)
                .Select(key => (Key: key, Values: runs.Select(run => run.Settings.GetValueOrDefault(key)).Distinct().Count()))
                .Where(item => item.Values > 1).OrderByDescending(item => item.Values).Select(item => item.Key),
        ];
        if (keys.Length is not (1 or 2) || runs.Any(run => Value(run, keys[0]) is null)) return null;
        List<ChartSeries> series = [];
        int color = 0;
        foreach (IGrouping<string, RunRecord> line in runs.GroupBy(run => keys.Length == 1 ? ""
            : $"{keys[1]}={run.Settings.GetValueOrDefault(keys[1])}"))
        {
            Add(series, [.. line], keys[0], line.Key, color++);
        }
        return new Chart
        {
            Title = $"Final validation loss against {keys[0]}",
            XLabel = keys[0],
            YLabel = "validation loss (nats/token)",
            XScale = runs.All(run => Value(run, keys[0]) > 0) ? AxisScale.Log : AxisScale.Linear,
            Series = series,
        };
    }

    private static void Add(List<ChartSeries> series, RunRecord[] runs, string key, string name, int color)
    {
        ChartPoint[] finished = [.. runs.Where(run => run.Outcome != "diverged" && run.FinalValidationLoss is not null)
            .Select(run => new ChartPoint(Value(run, key)!.Value, run.FinalValidationLoss!.Value))];
        ChartPoint[] diverged = [.. runs.Where(run => run.Outcome == "diverged")
            .Select(run => new ChartPoint(Value(run, key)!.Value, double.NaN))];
        ChartPoint[] means = [.. finished.GroupBy(point => point.X)
            .Select(group => new ChartPoint(group.Key, group.Average(point => point.Y)))];
        bool hasSeeds = means.Length < finished.Length;
        series.Add(new ChartSeries(name.Length > 0 ? name : hasSeeds ? "mean of seeds" : "completed", means, SeriesStyle.Dots, color));
        if (hasSeeds && name.Length == 0) series.Add(new ChartSeries("each seed", finished, SeriesStyle.Crosses, 7));
        if (diverged.Length > 0)
            series.Add(new ChartSeries(name.Length > 0 ? $"{name}, diverged" : "diverged", diverged, SeriesStyle.Crosses,
                name.Length > 0 ? color : 3));
    }

    private static double? Value(RunRecord run, string key) =>
        double.TryParse(run.Settings.GetValueOrDefault(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value
            : null;
}
