using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>What ablations say: each variant at the learning rate that is best for it, against the baseline.</summary>
/// <param name="variants">The variants in order, the baseline first.</param>
/// <param name="results">All runs.</param>
/// <param name="config">The baseline's configuration.</param>
internal sealed class AblationFindings(IReadOnlyList<Ablation> variants, IReadOnlyList<ExperimentResult> results, RunConfig config)
{
    public const string VariantKey = "variant";
    public const string RateKey = "optimizer.max_lr";

    private readonly Variant[] _variants = [.. variants.Select(variant => Of(variant, results, config))];

    private double? BaselineLoss => _variants[0].Loss;

    /// <summary>The best rate of each variant by the runs so far.</summary>
    public IEnumerable<(string Name, double Rate)> BestRates => _variants.Select(variant => (variant.Name, variant.Rate));

    public static IReadOnlyList<string> Columns { get; } = ["variant", "parameters", "learning rate", "validation loss", "lowest",
        "highest", "against baseline", "runs", "diverged"];

    /// <summary>The runs of each variant at its best learning rate and the first seed: the curves to look at.</summary>
    public IEnumerable<ExperimentResult> Representatives => _variants.Select(variant => variant.Shown).OfType<ExperimentResult>();

    public IEnumerable<IReadOnlyList<string>> Rows() => _variants.Select(variant => (IReadOnlyList<string>)
    [
        variant.Name,
        Units.Count(variant.Parameters),
        Units.Number(variant.Rate, "0.######"),
        Show(variant.Loss, "0.0000"),
        Show(variant.Lowest, "0.0000"),
        Show(variant.Highest, "0.0000"),
        Show(variant.Loss - BaselineLoss, "+0.0000;-0.0000;0"),
        Units.Number(variant.Runs),
        Units.Number(variant.Diverged),
    ]);

    public JsonArray ToJson() => new([.. _variants.Select(variant => (JsonNode)new JsonObject
    {
        ["variant"] = variant.Name,
        ["parameters"] = variant.Parameters,
        ["max_lr"] = variant.Rate,
        ["validation_loss"] = variant.Loss,
        ["lowest"] = variant.Lowest,
        ["highest"] = variant.Highest,
        ["against_baseline"] = variant.Loss - BaselineLoss,
        ["runs"] = variant.Runs,
        ["diverged"] = variant.Diverged,
    })]);

    private static Variant Of(Ablation variant, IReadOnlyList<ExperimentResult> results, RunConfig config)
    {
        ExperimentResult[] own = [.. results.Where(result => result.Settings.GetString(VariantKey) == variant.Name)];
        var rates = own.GroupBy(result => result.Settings.GetDouble(RateKey)).Select(group => (
            Rate: group.Key,
            Runs: group.ToArray(),
            Loss: group.All(result => result.Outcome == ExperimentOutcome.Completed) ? group.Average(result => result.FinalValidationLoss)
                : null)).ToArray();
        // The rate that was tuned is the one with runs of more than the first seed.
        var best = rates.Where(rate => rate.Loss is not null).OrderByDescending(rate => rate.Runs.Length).ThenBy(rate => rate.Loss)
            .Concat(rates.OrderBy(rate => rate.Rate)).FirstOrDefault();
        double?[] losses = best.Loss is null ? [] : [.. best.Runs.Select(result => result.FinalValidationLoss)];
        return new Variant(
            variant.Name, ParameterCount.Of(variant.Apply(config).CompleteModel()).Total,
            best.Runs is null ? config.Optimizer.MaxLearningRate : best.Rate, best.Loss,
            losses.Min(), losses.Max(), own.Length, own.Count(result => result.Outcome == ExperimentOutcome.Diverged), best.Runs?[0]);
    }

    private static string Show(double? value, string format) => value is double number ? Units.Number(number, format) : "";

    private sealed record Variant(
        string Name, long Parameters, double Rate, double? Loss, double? Lowest, double? Highest, int Runs, int Diverged,
        ExperimentResult? Shown);
}
