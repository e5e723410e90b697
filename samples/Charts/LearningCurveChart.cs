namespace Cs336.Charts;

/// <summary>Draws how the losses of a training went down.</summary>
public static class LearningCurveChart
{
    /// <summary>Writes the chart as PNG, beside the file first and then over it: a reader never sees half of it.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="training">The loss of each step, drawn faint, and its moving average, drawn strong.</param>
    /// <param name="validation">The losses on text not trained on, drawn as points on a line; may be empty.</param>
    /// <param name="title">One line above the plot, in ASCII.</param>
    public static void Save(
        string path, IReadOnlyList<ChartPoint> training, IReadOnlyList<ChartPoint> validation, string title)
    {
        ChartPoint[] finite = Curve.Finite(training);
        List<ChartSeries> series = [];
        if (finite.Length > 0)
        {
            series.Add(new ChartSeries("training, each step", finite, SeriesStyle.Faint, 0));
            series.Add(new ChartSeries("training, smoothed", Curve.Smooth(finite), SeriesStyle.Line, 0));
        }
        if (validation.Count > 0) series.Add(new ChartSeries("validation", validation, SeriesStyle.Dots, 1));
        new Chart { Title = title, XLabel = "step", YLabel = "loss (nats/token)", Series = series, WholeX = true, LegendWithin = true }
            .SavePng(path);
    }
}
