using Cs336.Charts;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>Runs side by side as curves: the training loss smoothed and faint, the validation loss with dots.</summary>
internal static class RunCharts
{
    /// <summary>Losses against optimizer steps.</summary>
    public static Chart BySteps(IReadOnlyList<RunRecord> runs, string title, double? maxLoss = null) =>
        Of(runs, title, "step", metrics => metrics.Step, maxLoss) with { WholeX = true };

    /// <summary>Losses against time by the clock.</summary>
    public static Chart ByTime(IReadOnlyList<RunRecord> runs, string title, double? maxLoss = null)
    {
        (string unit, double seconds) = runs.Max(run => run.Last?.Elapsed.TotalSeconds ?? 0) switch
        {
            >= 3 * 3600 => ("hours", 3600.0),
            >= 180 => ("minutes", 60),
            _ => ("seconds", 1),
        };
        return Of(runs, title, $"time ({unit})", metrics => metrics.Elapsed.TotalSeconds / seconds, maxLoss);
    }

    private static Chart Of(IReadOnlyList<RunRecord> runs, string title, string xLabel, Func<TrainingMetrics, double> x, double? maxLoss)
    {
        List<ChartSeries> series = [];
        for (int i = 0; i < runs.Count; i++)
        {
            ChartPoint[] training = Curve.Smooth(Curve.Finite(runs[i].Metrics.Select(metrics => new ChartPoint(x(metrics), metrics.Loss))));
            ChartPoint[] validation = [.. runs[i].Metrics.Where(metrics => metrics.ValidationLoss is not null)
                .Select(metrics => new ChartPoint(x(metrics), metrics.ValidationLoss!.Value))];
            if (validation.Length > 0) series.Add(new ChartSeries(null, training, SeriesStyle.Faint, i));
            string name = runs[i].Outcome == "diverged" ? $"{runs[i].Name} (diverged)" : runs[i].Name;
            series.Add(validation.Length > 0 ? new ChartSeries(name, validation, SeriesStyle.Dots, i)
                : new ChartSeries(name, training, SeriesStyle.Line, i));
        }
        return new Chart
        {
            Title = title,
            XLabel = xLabel,
            YLabel = "loss (nats/token)",
            Series = [.. series.OrderBy(item => item.Name is not null)], // faint curves are drawn first, behind the others
            MaxY = maxLoss ?? Ceiling(runs),
        };
    }

    /// <summary>A diverged run must not flatten the others: the chart ends a little above what the runs began with.</summary>
    private static double? Ceiling(IReadOnlyList<RunRecord> runs)
    {
        double[] beginnings = [.. runs.Where(run => run.Metrics.Count > 0 && double.IsFinite(run.Metrics[0].Loss))
            .Select(run => run.Metrics[0].Loss)];
        return beginnings.Length == 0 ? null : 1.1 * beginnings.Order().ElementAt(beginnings.Length / 2);
    }
}
