using System.Text.RegularExpressions;

namespace Packages.Tests.Feed;

/// <summary>What a publication warned of.</summary>
internal static partial class PublishWarnings
{
    /// <summary>Each warning and the method that it is about, in order, once each; a line with any other kind of warning fails.</summary>
    public static string[] In(string told)
    {
        Assert.Equal(Warning().Count(told), told.Split('\n').Count(line => line.Contains("warning", StringComparison.OrdinalIgnoreCase)));
        IEnumerable<string> warnings = Warning().Matches(told)
            .Select(match => $"{match.Groups["code"].Value} {match.Groups["place"].Value}");
        return [.. warnings.Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>A project whose warnings are told and no errors.</summary>
    public static string NoErrors(string project) =>
        project.Replace("<TreatWarningsAsErrors>true</TreatWarningsAsErrors>", "", StringComparison.Ordinal);

    [GeneratedRegex(@"warning (?<code>IL\d+): (?<place>[^(]+)\(")]
    private static partial Regex Warning();
}
