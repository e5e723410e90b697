using System.Globalization;
using System.Text.Json.Nodes;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>What a sweep says: the best setting, and for one number that was varied the edge beyond which training diverges.</summary>
internal sealed class SweepFindings
{
    private const string LearningRate = "optimizer.max_lr";

    /// <summary>Reads the results of a sweep.</summary>
    /// <param name="results">All runs.</param>
    /// <param name="axes">What was varied, seeds aside.</param>
    public SweepFindings(IReadOnlyList<ExperimentResult> results, IReadOnlyList<ExperimentAxis> axes)
    {
        Points =
        [
            .. results.GroupBy(result => string.Join(", ", axes.Select(axis => $"{axis.Name}={Print(result.Settings.Values[axis.Name])}")))
                .Select(group => new SweepPoint(
                    group.Key,
                    axes.ToDictionary(axis => axis.Name, axis => group.First().Settings.Values[axis.Name]),
                    group.Any(result => result.Outcome == ExperimentOutcome.Diverged),
                    group.All(result => result.Outcome == ExperimentOutcome.Completed && result.FinalValidationLoss is not null)
                        ? group.Average(result => result.FinalValidationLoss!.Value) : null)),
        ];
        Best = Points.Where(point => point.Loss is not null).MinBy(point => point.Loss);
        EdgeKey = axes.FirstOrDefault(axis => axis.Name == LearningRate)?.Name
            ?? (axes is [var only] && only.Values.All(value => value is long or double) ? only.Name : null);
        if (Best is null || EdgeKey is null) return;
        SweepPoint[] line =
            [.. Points.Where(point => axes.All(axis => axis.Name == EdgeKey || point.Values[axis.Name].Equals(Best.Values[axis.Name])))];
        FirstDiverged = line.Where(point => point.Diverged && point.Number(EdgeKey) > Best.Number(EdgeKey))
            .MinBy(point => point.Number(EdgeKey));
    }

    public IReadOnlyList<SweepPoint> Points { get; }

    /// <summary>The setting of the lowest validation loss, averaged over seeds; null where no run is complete.</summary>
    public SweepPoint? Best { get; }

    /// <summary>The number whose edge is looked for; null where none is.</summary>
    public string? EdgeKey { get; }

    /// <summary>The least value above the best at which a run diverged, all else equal; null where none did.</summary>
    public SweepPoint? FirstDiverged { get; }

    /// <summary>The findings in words.</summary>
    public IEnumerable<string> Sentences()
    {
        if (Best is null)
        {
            yield return "No run is complete, so none is the best.";
            yield break;
        }
        yield return $"Best: {Best.Name}, with a validation loss of {Units.Number(Best.Loss!.Value, "0.0000")}.";
        if (EdgeKey is null) yield break;
        if (FirstDiverged is null && EdgeKey != LearningRate) yield break;
        yield return FirstDiverged is null
            ? $"No {EdgeKey} above the best diverged: the edge of stability lies beyond the range."
            : $"First to diverge: {FirstDiverged.Name}, {Units.Number(FirstDiverged.Number(EdgeKey) / Best.Number(EdgeKey), "0.##")} times "
                + $"the best {EdgeKey}.";
    }

    public JsonObject ToJson() => new()
    {
        ["best"] = Best?.ToJson(),
        ["first_diverged"] = FirstDiverged?.ToJson(),
        ["ratio"] = Best is not null && FirstDiverged is not null ? FirstDiverged.Number(EdgeKey!) / Best.Number(EdgeKey!) : null,
        ["points"] = new JsonArray([.. Points.Select(point => (JsonNode)point.ToJson())]),
    };

    public static string Print(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
