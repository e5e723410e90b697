using System.Text;

namespace Cs336.Cli;

/// <summary>Writes a report as Markdown; its pictures are files beside it.</summary>
internal static class MarkdownReport
{
    /// <summary>The text.</summary>
    /// <param name="title">The first heading.</param>
    /// <param name="sections">What is below it.</param>
    /// <param name="pictureOf">Where the picture of a section is, seen from the report.</param>
    public static string Write(string title, IReadOnlyList<ReportSection> sections, Func<ReportSection, string> pictureOf)
    {
        StringBuilder text = new();
        text.Append($"# {Plain(title)}\n");
        foreach (ReportSection section in sections)
        {
            text.Append($"\n## {Plain(section.Title)}\n\n");
            if (section.Text is not null) text.Append($"{Plain(section.Text)}\n");
            if (section.Chart is not null) text.Append($"![{Plain(section.Title)}]({pictureOf(section)})\n");
            if (section.Table is not null) Table(text, section.Table);
            if (section.Verbatim is not null)
                text.Append($"{Fence(section.Verbatim)}\n{section.Verbatim.TrimEnd()}\n{Fence(section.Verbatim)}\n");
        }
        return text.ToString();
    }

    private static void Table(StringBuilder text, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            text.Append($"| {string.Join(" | ", rows[i].Select(Plain))} |\n");
            if (i == 0) text.Append($"|{string.Concat(rows[0].Select((_, column) => column == 0 ? "---|" : "---:|"))}\n");
        }
    }

    /// <summary>Longer than any run of backticks in the text.</summary>
    private static string Fence(string text)
    {
        string fence = "```";
        while (text.Contains(fence, StringComparison.Ordinal)) fence += "`";
        return fence;
    }

    private static string Plain(string text) =>
        text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
