using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Cs336.Testing;

namespace Cs336.Cli.Tests.Pages;

/// <summary>One command of a page.</summary>
/// <param name="Page">The page's path.</param>
/// <param name="Place">The page, and where in it.</param>
/// <param name="Command">A line for a shell.</param>
/// <param name="IsWhole">Whether everything stands there that is required, as in a fence; within a sentence often less does.</param>
internal sealed partial record PageLine(string Page, string Place, string Command, bool IsWhole)
{
    /// <summary>How a page calls cs336 where it is not installed.</summary>
    [GeneratedRegex(@"^(cs336|dotnet run -c Release --project samples/Cs336\.Cli( -p:\S+)? --) ")]
    private static partial Regex Program();

    /// <summary>Every command of every page, in the order in which a page has those of its fences, then those of its sentences.</summary>
    public static IReadOnlyList<PageLine> All { get; } = [.. MarkdownPage.All.SelectMany(page => InFences(page).Concat(InSentences(page)))];

    /// <summary>What cs336 is given; null where it is another program's command.</summary>
    public string[]? Arguments => ArgumentsOf(Command);

    /// <inheritdoc cref="Arguments"/>
    public static string[]? ArgumentsOf(string command) => Program().Match(command) is { Success: true } program
        ? [.. CommandLineParser.SplitCommandLine(command[program.Length..])] : null;

    /// <summary>Lines without their comments, those joined that end with a backslash, those apart that are joined by and.</summary>
    private static IEnumerable<PageLine> InFences(MarkdownPage page) =>
        from fence in page.Fences()
        where fence.Language == "sh"
        from line in fence.Code.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
        from command in Comments().Replace(line, "").Split("&&", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        select new PageLine(page.Path, $"{page.Path}, fence at line {fence.Line - 1}", command, true);

    private static IEnumerable<PageLine> InSentences(MarkdownPage page)
    {
        string text = page.Fences().Aggregate(page.Text, (rest, fence) => fence.Code.Length > 0 ? rest.Replace(fence.Code, "\n") : rest);
        return Spans().Matches(text).Select(span => new PageLine(page.Path, page.Path, span.Groups["command"].Value, false));
    }

    [GeneratedRegex(@"(^|\s)#.*$")]
    private static partial Regex Comments();

    [GeneratedRegex(@"(?<!`)`(?<command>([A-Z0-9_]+=\S+ )*(dotnet |cs336 |\.ci/\w|[\w/-]+\.(sh|py) )[^`\n]*)`")]
    private static partial Regex Spans();
}
