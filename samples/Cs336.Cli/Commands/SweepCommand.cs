using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Charts;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary><c>cs336 sweep</c>: the same run at many settings.</summary>
internal static class SweepCommand
{
    private static readonly ConfigOptions Config = new();

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("sweep", "Train at every combination of some settings, find the best, and the edge beyond which "
            + "training diverges",
            "cs336 sweep --config small.json --data stories.npy --output sweeps/lr --log-range optimizer.max_lr=1e-4:1:9 --seeds 2\n"
            + "cs336 sweep --config small.json --data stories.npy --output sweeps/batch --grid training.batch_size=1,4,16,64");
        Config.AddTo(command);
        command.AddAll(AxisOptions.Grid, AxisOptions.LogRange);
        ExperimentCommandOptions.AddTo(command);
        command.SetAction((parsed, stopping) => Task.FromResult(Run(parsed, terminal, stopping)));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal, CancellationToken stopping)
    {
        IReadOnlyList<ExperimentAxis> axes = AxisOptions.Read(parsed);
        if (axes.Count == 0) throw new UsageException("Nothing varies: give --grid KEY=V1,V2 or --log-range KEY=LOW:HIGH:COUNT.");
        string output = parsed.GetRequiredValue(ExperimentCommandOptions.Output);
        RunConfig baseline = Config.Read(parsed);
        IReadOnlyList<ExperimentSettings> runs = ExperimentAxis.Grid(
            [.. axes, ExperimentAxis.Seeds(parsed.GetValue(ExperimentCommandOptions.Seeds))]);
        string[] keys = [.. axes.Select(axis => axis.Name), RunRecord.SeedKey];
        RunSet set = new(baseline, settings => keys.Aggregate(baseline, (config, key) => RunSet.Apply(config, key, settings.Values[key])));
        IReadOnlyList<ExperimentResult> results = set.Run(parsed, terminal, runs, stopping);

        SweepFindings findings = new(results, axes);
        IReadOnlyList<RunRecord> records = [.. results.Select(result => RunRecord.Read(result.Folder, result.Name))];
        terminal.Table($"Sweep of {results.Count} of {runs.Count} runs", RunTable.Columns, RunTable.Rows(records));
        foreach (string sentence in findings.Sentences()) terminal.Line(sentence);
        string[] pictures = Draw(records, output);
        terminal.Line($"Curves: {string.Join(", ", pictures)}");
        JsonObject json = findings.ToJson();
        json["runs"] = RunTable.ToJson(records);
        json["findings"] = string.Join(' ', findings.Sentences());
        json["files"] = new JsonArray([.. pictures.Select(file => (JsonNode)file)]);
        terminal.Result(json);
        return ExperimentEnd.CodeOf(results, runs.Count, terminal, stopping);
    }

    private static string[] Draw(IReadOnlyList<RunRecord> records, string output)
    {
        if (records.Count == 0) return [];
        List<string> pictures = [.. ChartFiles.Save(RunCharts.BySteps(records, "Loss of each run"), Path.Combine(output, "loss-by-step"))];
        if (SweepChart.TryCreate(records) is Chart chart) pictures.AddRange(ChartFiles.Save(chart, Path.Combine(output, "sweep")));
        return [.. pictures];
    }
}
