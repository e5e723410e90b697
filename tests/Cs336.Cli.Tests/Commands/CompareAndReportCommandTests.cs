using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Cs336.Cli.Tests;

public sealed class CompareAndReportCommandTests : IDisposable
{
    private readonly SmallRun _small = new();

    public CompareAndReportCommandTests()
    {
        CliRun.Of(["train", .. _small.Config, "--output", _small.File("runs/narrow"), "--set", "samples.every=12",
            "samples.prompts=[\"Once <b>\"]", "samples.max_new_tokens=4"]).Succeeded();
        CliRun.Of(["train", .. _small.Config, "--output", _small.File("runs/wide"), "--set", "model.d_model=24"]).Succeeded();
    }

    public void Dispose() => _small.Dispose();

    [Fact]
    public void Runs_are_drawn_by_step_and_by_time_and_differences_told()
    {
        JsonObject comparison = CliRun.Json("compare", _small.File("runs"), "--output", _small.File("out"));
        Assert.Equal(["narrow", "wide"], comparison["runs"]!.AsArray().Select(run => (string)run!["name"]!));
        Assert.Equal(["16", "24"], comparison["differences"]!["model.d_model"]!.AsArray().Select(value => (string)value!));
        foreach (string axis in (string[])["step", "time"])
        {
            Assert.Equal([137, 80, 78, 71], File.ReadAllBytes(_small.File($"out/loss-by-{axis}.png"))[..4]);
            string[] texts = [.. XElement.Load(_small.File($"out/loss-by-{axis}.svg")).Descendants()
                .Where(item => item.Name.LocalName == "text").Select(item => item.Value)];
            Assert.Contains("narrow", texts);
            Assert.Contains("wide", texts);
            Assert.Contains(axis == "step" ? "step" : "time (seconds)", texts);
        }
        string text = CliRun.Of("compare", _small.File("runs/narrow"), _small.File("runs/wide"), "--output", _small.File("out"))
            .Succeeded().Output;
        Assert.Contains("| model.d_model ", text);
        Assert.Contains("| narrow |", text);
    }

    [Fact]
    public void A_report_is_one_page_that_needs_nothing_beside_it()
    {
        CliRun.Of("report", _small.File("runs"), "--output", _small.File("out"), "--title", "Two <widths>").Succeeded();
        string html = File.ReadAllText(_small.File("out/report.html")), markdown = File.ReadAllText(_small.File("out/report.md"));
        Assert.Contains("<h1>Two &lt;widths&gt;</h1>", html);
        Assert.DoesNotContain("src=\"http", html);
        Assert.DoesNotContain("<link", html);
        Assert.Equal(2, html.Split("src=\"data:image/svg+xml;base64,").Length - 1);
        foreach (string section in (string[])["Results", "Loss by step", "Loss by time", "In what the configurations differ",
            "Samples of narrow", "Hardware"])
        {
            Assert.Contains($"<h2>{section}</h2>", html);
            Assert.Contains($"## {section}\n", markdown);
        }
        Assert.Contains("Once &lt;b&gt;", html);
        Assert.Contains("Once <b>", markdown);
        Assert.Contains("model.d_model", html);
        Assert.Contains("logical_cores", html);
        Assert.Contains("![Loss by step](loss-by-step.png)", markdown);
        Assert.True(File.Exists(_small.File("out/loss-by-step.png")));
        Assert.Equal(2, CliRun.Json("report", _small.File("runs"), "--output", _small.File("out"))["runs"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("compare")]
    [InlineData("report")]
    public void A_folder_without_runs_is_said(string command)
    {
        CliRun.Of(command, _small.File("nowhere"), "--output", _small.File("out")).Failed(1, "There is no folder");
        CliRun.Of(command, _small.File("tk"), "--output", _small.File("out")).Failed(1, "holds no run");
        CliRun.Of(command).Failed(2, "Required argument 'DIR' missing");
        Assert.False(Path.Exists(_small.File("out")));
    }

    [Fact]
    public void A_run_whose_losses_are_no_numbers_is_told_without_them()
    {
        string metrics = _small.File("runs/wide/metrics.jsonl");
        string[] lines = File.ReadAllLines(metrics);
        JsonObject last = JsonNode.Parse(lines[^1])!.AsObject();
        foreach (string key in (string[])["loss", "validation_loss", "validation_bits_per_byte"]) last[key] = null;
        lines[^1] = last.ToJsonString();
        File.WriteAllLines(metrics, lines);

        JsonNode run = CliRun.Json("compare", _small.File("runs"), "--output", _small.File("out"))["runs"]![1]!;
        foreach (string key in (string[])["training_loss", "validation_loss", "bits_per_byte"]) Assert.Null(run[key]);
        Assert.True((double)run["best_validation_loss"]! > 0);
        Assert.Contains("NaN", CliRun.Of("compare", _small.File("runs"), "--output", _small.File("out")).Succeeded().Output);
        CliRun.Of("report", _small.File("runs"), "--output", _small.File("out")).Succeeded();
    }

    [Theory]
    [InlineData("compare")]
    [InlineData("report")]
    public void A_damaged_line_of_metrics_is_passed_over_with_a_warning(string command)
    {
        string metrics = _small.File("runs/wide/metrics.jsonl");
        string[] lines = File.ReadAllLines(metrics);
        lines[2] = lines[2][..20];
        File.WriteAllLines(metrics, lines);
        CliRun run = CliRun.Of(command, _small.File("runs"), "--output", _small.File("out")).Succeeded();
        Assert.StartsWith($"warning: {metrics}, line 3 is no metrics line: ", run.Errors);
    }

    [Fact]
    public void A_damaged_run_is_said()
    {
        File.WriteAllText(_small.File("runs/wide/config.json"), "{");
        CliRun.Of("compare", _small.File("runs"), "--output", _small.File("out")).Failed(1, "config.json is not JSON");
    }
}
