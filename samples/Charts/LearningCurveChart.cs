using System.Numerics;

namespace Cs336.Charts;

/// <summary>
/// Draws how the losses of a training went down, as a PNG of 1200 x 700 pixels. Needs no fonts and no native library.
/// </summary>
public static class LearningCurveChart
{
    private const int Width = 1200;
    private const int Height = 700;
    private const float TextSize = 11;
    private const float TitleSize = 14;

    private static readonly Box Plot = new(92, 76, 1164, 620);
    private static readonly Rgb Ink = new(45, 52, 64);
    private static readonly Rgb Grid = new(230, 233, 238);
    private static readonly Rgb White = new(255, 255, 255);
    private static readonly Rgb TrainingColor = new(36, 104, 178);
    private static readonly Rgb ValidationColor = new(222, 96, 20);

    /// <summary>Writes the chart, beside the file first and then over it: a reader never sees half of it.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="training">The loss of each step, drawn faint, and its moving average, drawn strong.</param>
    /// <param name="validation">The losses on text not trained on, drawn as points on a line; may be empty.</param>
    /// <param name="title">One line above the plot, in ASCII.</param>
    public static void Save(
        string path, IReadOnlyList<CurvePoint> training, IReadOnlyList<CurvePoint> validation, string title)
    {
        Canvas canvas = Draw(Curve.Finite(training), Curve.Finite(validation), title);
        string unfinished = path + ".tmp";
        using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write))
        {
            canvas.Save(file);
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
    }

    private static Canvas Draw(CurvePoint[] training, CurvePoint[] validation, string title)
    {
        var canvas = new Canvas(Width, Height);
        Text(canvas, title, new Vector2(Plot.Left, 46), TitleSize, bold: true);
        Text(canvas, "step", new Vector2(Middle(Plot.Left, Plot.Right, "step"), 676));
        const string vertical = "loss (nats/token)";
        Text(canvas, vertical, new Vector2(34, Plot.Bottom - Middle(0, Plot.Height, vertical)), upwards: true);

        CurvePoint[] smooth = Curve.Smooth(training);
        CurvePoint[] all = [.. training, .. validation];
        if (all.Length == 0)
        {
            const string nothing = "nothing measured yet";
            Text(canvas, nothing, new Vector2(Middle(Plot.Left, Plot.Right, nothing), (Plot.Top + Plot.Bottom) / 2));
            return canvas;
        }

        var steps = new Axis(
            Math.Min(0, all.Min(point => point.Step)), Math.Max(1, all.Max(point => point.Step)),
            Plot.Left, Plot.Right, ticks: 8, wholeNumbers: true);
        double[] losses = [.. Typical(training), .. smooth.Concat(validation).Select(point => point.Loss)];
        var values = new Axis(losses.Min(), losses.Max(), Plot.Bottom, Plot.Top, ticks: 7, wholeNumbers: false);
        DrawAxes(canvas, steps, values);

        canvas.Clip = Plot with { Right = Plot.Right + 8, Left = Plot.Left - 8, Bottom = Plot.Bottom + 8 };
        canvas.Stroke(Pixels(training), 1.3f, TrainingColor, opacity: 0.28f);
        canvas.Stroke(Pixels(smooth), smooth.Length == 1 ? 8 : 2.6f, TrainingColor);
        canvas.Stroke(Pixels(validation), 2.2f, ValidationColor);
        foreach (Vector2 point in Pixels(validation))
        {
            canvas.Stroke([point], 9, White);
            canvas.Stroke([point], 7, ValidationColor);
        }

        DrawLegend(canvas, training.Length > 0, validation.Length > 0);
        return canvas;

        Vector2[] Pixels(CurvePoint[] points) =>
            [.. Curve.Thin(points, Plot.Width).Select(p => new Vector2(steps.Pixel(p.Step), values.Pixel(p.Loss)))];
    }

    /// <summary>The losses but the most extreme hundredth of long runs: no spike shall flatten the curve.</summary>
    private static IEnumerable<double> Typical(CurvePoint[] points)
    {
        int spikes = points.Length / 200;
        return points.Select(point => point.Loss).Order().Skip(spikes).SkipLast(spikes);
    }

    private static void DrawAxes(Canvas canvas, Axis steps, Axis values)
    {
        foreach (double tick in values.Ticks())
        {
            int y = (int)MathF.Round(values.Pixel(tick));
            canvas.Fill(new Box(Plot.Left, y, Plot.Right, y + 1), Grid);
            string label = values.Label(tick);
            float width = StrokeFont.Measure(label, TextSize);
            Text(canvas, label, new Vector2(Plot.Left - 12 - width, y + (TextSize / 2)));
        }

        foreach (double tick in steps.Ticks())
        {
            int x = (int)MathF.Round(steps.Pixel(tick));
            canvas.Fill(new Box(x, Plot.Top, x + 1, Plot.Bottom), Grid);
            canvas.Fill(new Box(x, Plot.Bottom, x + 1, Plot.Bottom + 6), Ink);
            string label = steps.Label(tick);
            Text(canvas, label, new Vector2(Middle(x, x, label), Plot.Bottom + 14 + TextSize));
        }

        canvas.Fill(new Box(Plot.Left, Plot.Bottom, Plot.Right, Plot.Bottom + 1), Ink);
        canvas.Fill(new Box(Plot.Left, Plot.Top, Plot.Left + 1, Plot.Bottom + 1), Ink);
    }

    private static void DrawLegend(Canvas canvas, bool hasTraining, bool hasValidation)
    {
        const int left = 924, lineHeight = 28;
        int rows = (hasTraining ? 2 : 0) + (hasValidation ? 1 : 0);
        canvas.Fill(new Box(left, Plot.Top + 12, Plot.Right, Plot.Top + 24 + (rows * lineHeight)), White);

        float y = Plot.Top + 18 + (lineHeight / 2);
        if (hasTraining)
        {
            Row("training, each step", 1.3f, TrainingColor, 0.45f);
            Row("training, smoothed", 2.6f, TrainingColor);
        }

        if (hasValidation)
        {
            canvas.Stroke([new Vector2(left + 34, y)], 8, ValidationColor);
            Row("validation", 2.2f, ValidationColor);
        }

        void Row(string text, float width, Rgb color, float opacity = 1)
        {
            canvas.Stroke([new Vector2(left + 14, y), new Vector2(left + 54, y)], width, color, opacity);
            Text(canvas, text, new Vector2(left + 70, y + (TextSize / 2)));
            y += lineHeight;
        }
    }

    private static float Middle(float from, float to, string text) =>
        (from + to - StrokeFont.Measure(text, TextSize)) / 2;

    private static void Text(
        Canvas canvas, string text, Vector2 start, float size = TextSize, bool bold = false, bool upwards = false)
    {
        foreach (Vector2[] stroke in StrokeFont.Layout(text, size, start, upwards))
        {
            canvas.Stroke(stroke, size * (bold ? 0.17f : 0.135f), Ink);
        }
    }
}
