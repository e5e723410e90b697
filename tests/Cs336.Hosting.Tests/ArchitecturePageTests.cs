using System.Text.RegularExpressions;

namespace Cs336.Hosting.Tests;

/// <summary>Holds docs/architecture.md to the source. Here because this project comes after all others.</summary>
public sealed partial class ArchitecturePageTests
{
    /// <summary>Types of others that the page names.</summary>
    private static readonly string[] OfOthers = ["IChatClient"];

    private static readonly string Source = Path.Combine(RepositoryRoot.Path, "src");
    private static readonly string Page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "architecture.md"));

    private static readonly string[] Paths =
        [.. Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Source, file).Replace('\\', '/'))
        .Where(path => !path.Split('/').Any(folder => folder is "bin" or "obj"))];

    /// <summary>What is in the files of a type's name.</summary>
    private static readonly ILookup<string, string> Code = Paths.ToLookup(
        path => Path.GetFileNameWithoutExtension(path), path => File.ReadAllText(Path.Combine(Source, path)));

    [Fact]
    public void Every_type_that_the_page_names_has_a_file_of_its_name()
    {
        string[] named =
            [.. TypesOf(Page).Select(name => name.Type),
            .. Pictures().Matches(Page).SelectMany(picture => TypesInPicture().Matches(picture.Value)).Select(match => match.Value)];
        Assert.True(named.Length > 150, "The page's types are not found any more.");
        Assert.DoesNotContain(named.Except(OfOthers), type => !Code.Contains(type));
    }

    [Fact]
    public void Every_member_that_the_page_names_is_in_its_types_file() =>
        Assert.DoesNotContain(TypesOf(Page), name => name.Member.Length > 0 && !Mention(name.Type, name.Member));

    [Fact]
    public void Every_folder_of_a_package_has_its_line()
    {
        foreach (string package in Packages())
        {
            string[] folders =
                [.. Paths.Where(path => path.StartsWith(package + "/", StringComparison.Ordinal))
                    .Select(path => path[(package.Length + 1)..])
                .Where(path => path.Contains('/')).Select(path => path[..path.LastIndexOf('/')]).Distinct().Order(StringComparer.Ordinal)];
            Match section = Regex.Match(
                Page, $@"^### {Regex.Escape(package)}\n(?<lines>.*?)^#", RegexOptions.Multiline | RegexOptions.Singleline);
            if (!section.Success && folders.Length == 0) continue; // a package without folders
            string[] told =
                [.. Lines().Matches(section.Groups["lines"].Value).SelectMany(line => Spans().Matches(line.Groups["folders"].Value))
                    .Select(span => span.Groups["code"].Value).Order(StringComparer.Ordinal)];
            Assert.Equal(folders, told);
        }
    }

    [Fact]
    public void The_packages_use_what_the_page_says()
    {
        Dictionary<string, string> told = PackageRows().Matches(Page)
            .ToDictionary(row => row.Groups["package"].Value, row => row.Groups["uses"].Value.Replace("`", ""));
        Assert.Equal(Packages(), told.Keys.Order(StringComparer.Ordinal));
        foreach ((string package, string uses) in told)
        {
            string project = File.ReadAllText(Path.Combine(Source, package, package + ".csproj"));
            string[] expected = uses == "nothing" ? [] : uses.Split(", ");
            Assert.Equal(expected, References().Matches(project).Select(reference => reference.Groups["package"].Value));
        }
    }

    [Theory]
    [InlineData("A byte of text to a loss")]
    [InlineData("A learning rate to a step")]
    [InlineData("A prompt to a streamed character")]
    public void A_walk_goes_from_file_to_file_that_have_to_do_with_each_other(string heading)
    {
        string walk = Regex.Match(
            Page, $@"^## {heading}\n(?<rows>.*?)(^## |\z)", RegexOptions.Multiline | RegexOptions.Singleline).Groups["rows"].Value;
        string[] steps =
            [.. WalkRows().Matches(walk).SelectMany(row => TypesOf(row.Groups["files"].Value)).Select(name => name.Type).Except(OfOthers)];
        Assert.True(steps.Length > 15, "The walk's files are not found any more.");
        for (int i = 1; i < steps.Length; i++)
            Assert.True(
                steps[..i].Any(before => Mention(before, steps[i]) || Mention(steps[i], before)),
                $"{steps[i]} has nothing to do with any file before it.");
    }

    private static bool Mention(string type, string other) => Code[type].Any(code => Regex.IsMatch(code, $@"\b{other}\b"));

    private static IEnumerable<string> Packages() =>
        Directory.EnumerateFiles(Source, "*.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);

    /// <summary>What stands as code and is spelled as a type, or a type with a member; a line of folders is none.</summary>
    private static IEnumerable<(string Type, string Member)> TypesOf(string text) =>
        Spans().Matches(Lines().Replace(text, "")).Select(span => TypeNames().Match(span.Groups["code"].Value))
            .Where(match => match.Success && !match.Value.StartsWith("Cs336.", StringComparison.Ordinal))
            .Select(match => (match.Groups["type"].Value, match.Groups["member"].Value));

    [GeneratedRegex("`(?<code>[^`\n]+)`")]
    private static partial Regex Spans();

    [GeneratedRegex(@"^(?<type>[A-Z]\w+)(\.(?<member>[A-Z]\w+))?$")]
    private static partial Regex TypeNames();

    [GeneratedRegex("^```text\n.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Pictures();

    /// <summary>Two words written as one, which in a picture is a type.</summary>
    [GeneratedRegex(@"\b(?:[A-Z][a-z]+\d*|I)[A-Z]\w+\b(?!\.)")]
    private static partial Regex TypesInPicture();

    [GeneratedRegex("^- (?<folders>[^:\n]+):", RegexOptions.Multiline)]
    private static partial Regex Lines();

    [GeneratedRegex(@"^\| `(?<package>Cs336\.[\w.]+)` \| (?<uses>[^|]+?) \|", RegexOptions.Multiline)]
    private static partial Regex PackageRows();

    [GeneratedRegex(@"<ProjectReference Include=""[^""]*/(?<package>[\w.]+)\.csproj""")]
    private static partial Regex References();

    [GeneratedRegex(@"^\| (?<files>`[^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex WalkRows();
}
