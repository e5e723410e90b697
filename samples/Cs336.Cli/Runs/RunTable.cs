using System.Text.Json.Nodes;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>Runs side by side in numbers.</summary>
internal static class RunTable
{
    public static IReadOnlyList<string> Columns { get; } =
        ["run", "steps", "tokens", "training loss", "validation loss", "best", "perplexity", "bits/byte", "time", "tokens/s", "outcome"];

    public static IEnumerable<IReadOnlyList<string>> Rows(IEnumerable<RunRecord> runs) => runs.Select(run => (IReadOnlyList<string>)
    [
        run.Name,
        Units.Count(run.Last?.Step ?? 0),
        Units.Count(run.Last?.TokensSeen ?? 0),
        Loss(run.FinalTrainingLoss),
        Loss(run.FinalValidationLoss),
        Loss(run.BestValidationLoss),
        run.FinalValidationLoss is double loss ? Units.Number(Math.Exp(loss), loss < 14 ? "0.00" : "0.0e0") : "",
        Loss(run.FinalBitsPerByte),
        run.Last is TrainingMetrics last ? Units.Time(last.Elapsed) : "",
        run.TokensPerSecond is double speed ? Units.Number(speed, "#,0") : "",
        run.Outcome,
    ]);

    public static JsonArray ToJson(IEnumerable<RunRecord> runs) => new([.. runs.Select(run => (JsonNode)new JsonObject
    {
        ["name"] = run.Name,
        ["folder"] = run.Folder,
        ["steps"] = run.Last?.Step ?? 0,
        ["tokens"] = run.Last?.TokensSeen ?? 0,
        ["training_loss"] = Units.Finite(run.FinalTrainingLoss),
        ["validation_loss"] = Units.Finite(run.FinalValidationLoss),
        ["best_validation_loss"] = run.BestValidationLoss,
        ["bits_per_byte"] = Units.Finite(run.FinalBitsPerByte),
        ["seconds"] = run.Last?.Elapsed.TotalSeconds,
        ["tokens_per_second"] = Units.Finite(run.TokensPerSecond),
        ["outcome"] = run.Outcome.Length > 0 ? run.Outcome : null,
    })]);

    private static string Loss(double? loss) => loss is double value ? Units.Number(value, "0.0000") : "";
}
