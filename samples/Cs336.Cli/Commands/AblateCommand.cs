using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>
/// <c>cs336 ablate</c>: what the norm, its place, the positions and the gate are for, and what the switches of today's recipes do.
/// </summary>
internal static class AblateCommand
{
    private static readonly ConfigOptions Config = new();
    private static readonly Option<string[]> Only = CreateOnly();
    private static readonly Option<bool> Switches = new("--switches")
    {
        Description = "Try the switches of today's recipes too, each by itself: " + string.Join(
            ", ", Ablation.Switches.Select(item => item.Name)),
    };

    private static readonly Option<string?> TuneRate = Options.Optional<string?>("--tune-lr",
        "Tune the learning rate of each variant in this range with the first seed, such as 1e-3:1e-1:3, and take the best for the others "
            + "[default: the configuration's for all]",
        "LOW:HIGH:COUNT");

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("ablate", "Train without RMSNorm, with post-norm, without positions, with SiLU instead of SwiGLU, "
            + "or with a switch of today's recipes, and compare with the baseline",
            "cs336 ablate --config small.json --data stories.npy --output ablations --seeds 3 --tune-lr 1e-3:1e-2:3");
        Config.AddTo(command);
        command.AddAll(Only, Switches, TuneRate);
        ExperimentCommandOptions.AddTo(command);
        command.SetAction((parsed, stopping) => Task.FromResult(Run(parsed, terminal, stopping)));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal, CancellationToken stopping)
    {
        string output = parsed.GetRequiredValue(ExperimentCommandOptions.Output);
        RunConfig baseline = Config.Read(parsed);
        IReadOnlyList<string> only = parsed.Values(Only);
        if (only is not []) parsed.Refuse("--only names the variants", Switches);
        IEnumerable<Ablation> usual = parsed.GetValue(Switches) ? Ablation.All : Ablation.Course;
        Ablation[] variants = [Ablation.Baseline, .. only is [] ? usual : Ablation.All.Where(item => only.Contains(item.Name))];
        ExperimentAxis names = ExperimentAxis.Of(AblationFindings.VariantKey, [.. variants.Select(variant => variant.Name)]);
        ExperimentAxis rates = parsed.GetValue(TuneRate) is string range
            ? AxisOptions.ParseRange(TuneRate.Name, AblationFindings.RateKey, range)
            : ExperimentAxis.Of(AblationFindings.RateKey, baseline.Optimizer.MaxLearningRate);
        ExperimentAxis seeds = ExperimentAxis.Seeds(parsed.GetValue(ExperimentCommandOptions.Seeds));
        RunSet set = new(baseline, settings => Ablation.Of(settings.GetString(AblationFindings.VariantKey)).Apply(
            RunSet.Apply(RunSet.Apply(baseline, AblationFindings.RateKey, settings.Values[AblationFindings.RateKey]), RunRecord.SeedKey,
                settings.Values[RunRecord.SeedKey])));
        IReadOnlyList<ExperimentSettings> tuning = ExperimentAxis.Grid(names, rates, ExperimentAxis.Seeds(1));
        IReadOnlyList<ExperimentResult> results = set.Run(parsed, terminal, tuning, stopping);
        AblationFindings findings = new(variants, results, baseline);
        int planned = tuning.Count + (variants.Length * (seeds.Values.Count - 1));
        if (results.Count == tuning.Count && planned > tuning.Count)
        {
            ExperimentSettings[] best = [.. findings.BestRates.SelectMany(item => ExperimentAxis.Grid(
                ExperimentAxis.Of(AblationFindings.VariantKey, item.Name), ExperimentAxis.Of(AblationFindings.RateKey, item.Rate), seeds))];
            results = [.. results, .. set.Run(parsed, terminal, [.. best.Except(tuning)], stopping)];
            findings = new AblationFindings(variants, results, baseline);
        }
        RunRecord[] curves = [.. findings.Representatives.Select(result =>
            RunRecord.Read(result.Folder, result.Settings.GetString(AblationFindings.VariantKey)))];
        terminal.Table("Each variant at the learning rate that is best for it, mean over seeds", AblationFindings.Columns, findings.Rows());
        string[] pictures = curves.Length == 0 ? [] : ChartFiles.Save(RunCharts.BySteps(curves, "Ablations, the first seed of each"),
            Path.Combine(output, "loss-by-step"));
        terminal.Line($"Curves: {string.Join(", ", pictures)}");
        terminal.Result(new JsonObject
        {
            ["variants"] = findings.ToJson(),
            ["runs"] = RunTable.ToJson(results.Select(result => RunRecord.Read(result.Folder, result.Name))),
            ["files"] = new JsonArray([.. pictures.Select(file => (JsonNode)file)]),
        });
        return ExperimentEnd.CodeOf(results, planned, terminal, stopping);
    }

    private static Option<string[]> CreateOnly()
    {
        string[] names = [.. Ablation.All.Select(item => item.Name)];
        Option<string[]> option = Options.Many("--only", $"Which of {string.Join(", ", names)} [default: the first four]", "NAME");
        option.AcceptOnlyFromAmong(names);
        return option;
    }
}
