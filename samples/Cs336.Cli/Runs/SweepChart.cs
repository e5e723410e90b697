using System.Globalization;
using Cs336.Charts;

namespace Cs336.Cli;

/// <summary>What a set of runs says of one number that was varied: the final validation loss against it.</summary>
internal static class SweepChart
{
    /// <summary>The chart, or null where the runs do not vary in exactly one number (seeds aside).</summary>
    public static Chart? TryCreate(IReadOnlyList<RunRecord> runs)
    {
        string[] keys =
        [
            .. runs.SelectMany(run => run.Settings.Keys).Distinct()
                .Where(key => key != RunRecord.SeedKey && runs.Select(run => run.Settings.GetValueOrDefault(key)).Distinct().Count() > 1),
        ];
        if (keys is not [string key] || runs.Any(run => Value(run, key) is null)) return null;
        ChartPoint[] finished = [.. runs.Where(run => run.Outcome != "diverged" && run.FinalValidationLoss is not null).Select(run => new ChartPoint(Value(run, key)!.Value, run.FinalValidationLoss!.Value))];
        ChartPoint[] diverged = [.. runs.Where(run => run.Outcome == "diverged").Select(run => new ChartPoint(Value(run, key)!.Value, double.NaN))];
        ChartPoint[] means = [.. finished.GroupBy(point => point.X).Select(group => new ChartPoint(group.Key, group.Average(point => point.Y)))];
        bool positive = finished.Concat(diverged).All(point => point.X > 0);
        return new Chart
        {
            Title = $"Final validation loss against {key}",
            XLabel = key,
            YLabel = "validation loss (nats/token)",
            XScale = positive ? AxisScale.Log : AxisScale.Linear,
            Series =
            [
                new ChartSeries(means.Length < finished.Length ? "mean of seeds" : "completed", means, SeriesStyle.Dots),
                .. means.Length < finished.Length ? (ChartSeries[])[new ChartSeries("each seed", finished, SeriesStyle.Crosses, 7)] : [],
                .. diverged.Length > 0 ? (ChartSeries[])[new ChartSeries("diverged", diverged, SeriesStyle.Crosses, 3)] : [],
            ],
        };
    }

    private static double? Value(RunRecord run, string key) =>
        double.TryParse(run.Settings.GetValueOrDefault(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;
}
