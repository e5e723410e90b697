using System.Globalization;
using System.Text;
using Cs336.Benchmarks;

namespace Soak;

/// <summary>The table.</summary>
internal static class Report
{
    public static string Write(
        Findings findings, Faults faults, IReadOnlyList<(string When, long Managed, long Resident)> memory, string command,
        TimeSpan elapsed)
    {
        StringBuilder text = new();
        text.AppendLine($"# Soak: {Machine.Title}").AppendLine();
        text.AppendLine(
            CultureInfo.InvariantCulture, $"{Machine.Software}; {DateTime.UtcNow:yyyy-MM-dd}; {elapsed.TotalMinutes:f1} minutes of "
            + $"serving beside the disturbed training; `{command}`").AppendLine();
        Table("requests",
            [("all", $"{findings.Answers.Values.Sum():N0}"), .. Rows(findings.Answers),
            ("**callers without an answer**", $"**{findings.Answers.GetValueOrDefault("none")}**")]);
        Table("faults injected", [("all", $"{faults.Counts.Values.Sum():N0}"), .. Rows(faults.Counts)]);
        Table(
            "training and serving",
            findings.Figures.OrderBy(figure => figure.Key, StringComparer.Ordinal).Select(figure => (figure.Key, figure.Value)));
        Table(
            "memory of the serving process: managed heap after a collection, resident",
            memory.Select(point => (point.When, $"{point.Managed / 1048576.0:f1} MiB, {point.Resident >> 20} MiB")));
        Table("promises broken",
            findings.Broken.Count == 0 ? [("none", "0")]
            : findings.Broken.Select(item => (item.Key, $"{item.Value.Count}: {Cell(item.Value.First)}")));
        return text.ToString().TrimEnd() + "\n";

        void Table(string title, IEnumerable<(string Name, string Value)> rows)
        {
            text.AppendLine($"| {title} | |").AppendLine("|---|---:|");
            foreach ((string name, string value) in rows) text.AppendLine($"| {name} | {value} |");
            text.AppendLine();
        }
    }

    private static IEnumerable<(string, string)> Rows(IReadOnlyDictionary<string, int> counts) =>
        counts.OrderBy(count => count.Key, StringComparer.Ordinal)
            .Select(count => (count.Key, count.Value.ToString("N0", CultureInfo.InvariantCulture)));

    private static string Cell(string text) => string.Concat(text.ReplaceLineEndings(" ").Replace("|", "\\|").Take(300));
}
