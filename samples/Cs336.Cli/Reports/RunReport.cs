using System.Text.Json.Nodes;
using Cs336.Charts;

namespace Cs336.Cli;

/// <summary>What a report of runs says, in order: numbers, curves, configurations, samples, machines.</summary>
internal static class RunReport
{
    private const int LongestSample = 4000;

    public static IReadOnlyList<ReportSection> Of(IReadOnlyList<RunRecord> runs)
    {
        List<ReportSection> sections =
        [
            new("Results") { Table = [RunTable.Columns, .. RunTable.Rows(runs)] },
            new("Loss by step") { Chart = RunCharts.BySteps(runs, "Loss by step") },
            new("Loss by time") { Chart = RunCharts.ByTime(runs, "Loss by time") },
        ];
        if (SweepChart.TryCreate(runs) is Chart sweep) sections.Add(new ReportSection("What was varied") { Chart = sweep });
        sections.AddRange(runs.Where(run => (string?)run.Result?["message"] is not null)
            .Select(run => new ReportSection($"Why {run.Name} did not come to its end") { Text = (string)run.Result!["message"]! }));
        sections.Add(Differences(runs));
        sections.AddRange(runs.Where(run => run.Config is not null).DistinctBy(run => run.Config!.ToJsonString()).Take(1)
            .Select(run => new ReportSection($"Configuration of {run.Name}") { Table =
                [["key", "value"], .. ConfigDifferences.Flatten(run.Config)
                .Select(item => (IReadOnlyList<string>)[item.Key, item.Value])] }));
        sections.AddRange(runs.Where(run => !string.IsNullOrWhiteSpace(run.Samples))
            .Select(run => new ReportSection($"Samples of {run.Name}") { Verbatim = Tail(run.Samples!) }));
        sections.Add(Machines(runs));
        return sections;
    }

    private static ReportSection Differences(IReadOnlyList<RunRecord> runs)
    {
        IReadOnlyList<(string Key, IReadOnlyList<string> Values)> differences = ConfigDifferences.Between(runs);
        return differences.Count == 0 ? new ReportSection("Configurations") { Text = runs.Count == 1 ? "There is one run."
            : "All runs have the same configuration." }
            : new ReportSection("In what the configurations differ") { Table =
                [["run", .. differences.Select(item => item.Key)],
                .. runs.Select((run, i) => (IReadOnlyList<string>)[run.Name, .. differences.Select(item => item.Values[i])])] };
    }

    private static ReportSection Machines(IReadOnlyList<RunRecord> runs)
    {
        IGrouping<string, RunRecord>[] machines = [.. runs.Where(run => run.Machine is not null)
            .GroupBy(run => run.Machine!.ToJsonString())];
        if (machines.Length == 0) return new ReportSection("Hardware") { Text = "The runs' folders do not tell what they ran on." };
        string[] keys = [.. machines.SelectMany(machine => machine.First().Machine!.Select(item => item.Key)).Distinct()];
        return new ReportSection("Hardware")
        {
            Table =
            [
                [.. keys, "runs"],
                .. machines.Select(machine => (IReadOnlyList<string>)
                    [.. keys.Select(key => Show(key, machine.First().Machine![key])),
                        machine.Count() == runs.Count ? "all" : string.Join(", ", machine.Select(run => run.Name))]),
            ],
        };
    }

    private static string Show(string key, JsonNode? value) =>
        key == "memory_bytes" && value is not null ? Units.Bytes((double)value) : value?.ToString() ?? "";

    private static string Tail(string samples) => samples.Length <= LongestSample ? samples : "..." + samples[^LongestSample..];
}
