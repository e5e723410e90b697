using Cs336.Training;

namespace StoryServer.Api;

/// <summary>The learning curve of the whole run, earlier starts of the server included.</summary>
internal static class LearningCurve
{
    private const int MaxPoints = 400;

    /// <summary>Reads the run's metrics and thins them out to at most 400 points.</summary>
    public static IReadOnlyList<CurvePoint> Read(string path)
    {
        if (!File.Exists(path)) return [];
        IReadOnlyList<TrainingMetrics> metrics = JsonLinesMetricSink.Read(path);
        int width = Math.Max(1, (metrics.Count + MaxPoints - 1) / MaxPoints);
        return
        [
            .. metrics.Chunk(width).Select(part => new CurvePoint(
                part[^1].Step,
                TrainingReport.Finite(part.Average(item => item.Loss)),
                part.LastOrDefault(item => item.ValidationLoss is not null)?.ValidationLoss)),
        ];
    }
}
