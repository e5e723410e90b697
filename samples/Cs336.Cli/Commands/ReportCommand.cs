using System.CommandLine;
using System.Text.Json.Nodes;

namespace Cs336.Cli;

/// <summary><c>cs336 report</c>: runs as one page that can be handed in.</summary>
internal static class ReportCommand
{
    private static readonly Argument<string[]> Folders = new("DIR") { Description = "Folders of runs, or folders that hold runs",
        Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string> Output = Options.WithDefault("--output", "report",
        "Folder for report.html, report.md and its pictures", "DIR");
    private static readonly Option<string> Title = Options.WithDefault("--title", "Report of runs", "The first heading", "TEXT");

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("report", "Write a report of runs: results, curves, configurations, samples and hardware, as one HTML "
            + "page and as Markdown",
            "cs336 report runs --output report --title \"Learning rates\"");
        command.Add(Folders);
        command.AddAll(Output, Title);
        command.SetAction(parsed => Run(parsed, terminal));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal)
    {
        IReadOnlyList<RunRecord> runs = RunRecord.ReadAll(parsed.GetRequiredValue(Folders));
        foreach (string warning in runs.SelectMany(run => run.Warnings)) terminal.Warning(warning);
        string output = parsed.GetRequiredValue(Output), title = parsed.GetRequiredValue(Title);
        Directory.CreateDirectory(output);
        IReadOnlyList<ReportSection> sections = RunReport.Of(runs);
        foreach (ReportSection section in sections) section.Chart?.SavePng(Path.Combine(output, PictureOf(section)));
        string html = Path.Combine(output, "report.html"), markdown = Path.Combine(output, "report.md");
        File.WriteAllText(html, HtmlReport.Write(title, sections));
        File.WriteAllText(markdown, MarkdownReport.Write(title, sections, PictureOf));
        terminal.Line($"{runs.Count} run{(runs.Count == 1 ? "" : "s")} in {html} and {markdown}");
        terminal.Result(new JsonObject { ["runs"] = RunTable.ToJson(runs), ["html"] = html, ["markdown"] = markdown });
        return ExitCodes.Done;
    }

    private static string PictureOf(ReportSection section) => section.Title.ToLowerInvariant().Replace(' ', '-') + ".png";
}
