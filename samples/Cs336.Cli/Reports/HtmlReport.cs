using System.Net;
using System.Text;

namespace Cs336.Cli;

/// <summary>Writes a report as one page that needs nothing beside it: styles and pictures are in it.</summary>
internal static class HtmlReport
{
    private const string Style = """
        body { font: 16px/1.5 system-ui, sans-serif; color: #2d3440; max-width: 1200px; margin: 2rem auto; padding: 0 1rem }
        h1 { font-size: 1.7rem } h2 { font-size: 1.25rem; margin-top: 2.5rem }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem }
        div.wide { overflow-x: auto } th, td { padding: .35rem .8rem; border-bottom: 1px solid #e6e9ee; text-align: right; white-space: nowrap }
        th:first-child, td:first-child { text-align: left } th { border-bottom: 2px solid #2d3440 }
        pre { background: #f5f6f8; padding: 1rem; white-space: pre-wrap; border-radius: 6px }
        """;

    public static string Write(string title, IReadOnlyList<ReportSection> sections)
    {
        StringBuilder html = new();
        html.Append("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
            + "content=\"width=device-width\">\n");
        html.Append($"<title>{Safe(title)}</title>\n<style>\n{Style}\n</style>\n<h1>{Safe(title)}</h1>\n");
        foreach (ReportSection section in sections)
        {
            html.Append($"<h2>{Safe(section.Title)}</h2>\n");
            if (section.Text is not null) html.Append($"<p>{Safe(section.Text)}</p>\n");
            // Each chart numbers its clip paths from 1, but an id may come once in a page: so each chart is embedded as a picture.
            if (section.Chart is not null)
                html.Append($"<img alt=\"{Safe(section.Title)}\" style=\"width:100%\" "
                    + $"src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(section.Chart.ToSvg()))}\">\n");
            if (section.Table is not null) Table(html, section.Table);
            if (section.Verbatim is not null) html.Append($"<pre>{Safe(section.Verbatim)}</pre>\n");
        }
        return html.Append("</html>\n").ToString();
    }

    private static void Table(StringBuilder html, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        html.Append("<div class=\"wide\"><table>\n");
        for (int i = 0; i < rows.Count; i++)
            html.Append(
                $"<tr>{string.Concat(rows[i].Select(cell => i == 0 ? $"<th>{Safe(cell)}</th>" : $"<td>{Safe(cell)}</td>"))}</tr>\n");
        html.Append("</table></div>\n");
    }

    private static string Safe(string text) => WebUtility.HtmlEncode(text);
}
