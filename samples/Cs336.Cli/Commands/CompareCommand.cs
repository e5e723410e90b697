using System.CommandLine;
using System.Text.Json.Nodes;

namespace Cs336.Cli;

/// <summary><c>cs336 compare</c>: curves and numbers of any runs side by side.</summary>
internal static class CompareCommand
{
    private static readonly Argument<string[]> Folders = new("DIR") { Description = "Folders of runs, or folders that hold runs",
        Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string> Output = Options.WithDefault("--output", "compare",
        "Folder for loss-by-step and loss-by-time, as .png and .svg", "DIR");
    private static readonly Option<string> Title = Options.WithDefault("--title", "Loss of each run", "Line above the curves", "TEXT");
    private static readonly Option<double?> MaxLoss = Options.Optional<double?>("--max-loss",
        "Where the loss axis ends at most [default: a little above where the runs begin]", "X");

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("compare", "Draw the curves of runs by step and by time, and put their numbers in a table",
            "cs336 compare runs/small runs/large --output comparison");
        command.Add(Folders);
        command.AddAll(Output, Title, MaxLoss);
        command.SetAction(parsed => Run(parsed, terminal));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal)
    {
        IReadOnlyList<RunRecord> runs = RunRecord.ReadAll(parsed.GetRequiredValue(Folders));
        foreach (string warning in runs.SelectMany(run => run.Warnings)) terminal.Warning(warning);
        string output = parsed.GetRequiredValue(Output), title = parsed.GetRequiredValue(Title);
        Directory.CreateDirectory(output);
        string[] files =
        [
            .. ChartFiles.Save(RunCharts.BySteps(runs, title, parsed.GetValue(MaxLoss)), Path.Combine(output, "loss-by-step")),
            .. ChartFiles.Save(RunCharts.ByTime(runs, title, parsed.GetValue(MaxLoss)), Path.Combine(output, "loss-by-time")),
        ];
        terminal.Table("Runs", RunTable.Columns, RunTable.Rows(runs));
        IReadOnlyList<(string Key, IReadOnlyList<string> Values)> differences = ConfigDifferences.Between(runs);
        if (differences.Count > 0)
            terminal.Table("Configurations differ in", ["key", .. runs.Select(run => run.Name)],
                differences.Select(item => (IReadOnlyList<string>)[item.Key, .. item.Values]));
        terminal.Line($"Curves: {string.Join(", ", files)}");
        terminal.Result(new JsonObject
        {
            ["runs"] = RunTable.ToJson(runs),
            ["differences"] = new JsonObject(differences.Select(item =>
                new KeyValuePair<string, JsonNode?>(item.Key, new JsonArray([.. item.Values.Select(value => (JsonNode)value)])))),
            ["files"] = new JsonArray([.. files.Select(file => (JsonNode)file)]),
        });
        return ExitCodes.Done;
    }
}
