using System.Text.RegularExpressions;

namespace Cs336.Hosting.Tests.Security;

/// <summary>What SECURITY.md promises is held by tests that are there.</summary>
public sealed partial class SecurityPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "SECURITY.md"));

    [Fact]
    public void Every_test_that_the_page_names_is_there_and_tests_something()
    {
        (string Name, string Path)[] links =
            [.. Links().Matches(Page).Select(link => (link.Groups["name"].Value, link.Groups["path"].Value))];
        Assert.NotEmpty(links);
        Assert.Empty(links.Select(link => FindProblem(link.Name, link.Path)).OfType<string>());
    }

    [Fact]
    public void A_row_without_a_test_is_no_promise()
    {
        string[] rows = [.. Page.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal))];
        Assert.All(rows.Where(row => !row.EndsWith("| held by |", StringComparison.Ordinal)), row => Assert.Contains("](tests/", row));
    }

    [Theory]
    [InlineData("NoTests", "tests/Cs336.Hosting.Tests/NoTests.cs", "tests/Cs336.Hosting.Tests/NoTests.cs is not there")]
    [InlineData("NoTests", "tests/Cs336.Hosting.Tests/FolderTests.cs",
        "tests/Cs336.Hosting.Tests/FolderTests.cs has no class NoTests with a test")]
    [InlineData("TorchSetup", "tests/Cs336.Hosting.Tests/TorchSetup.cs",
        "tests/Cs336.Hosting.Tests/TorchSetup.cs has no class TorchSetup with a test")]
    public void What_is_not_there_is_found(string name, string path, string problem) => Assert.Equal(problem, FindProblem(name, path));

    private static string? FindProblem(string name, string path)
    {
        string file = Path.Combine(RepositoryRoot.Path, path);
        if (!File.Exists(file)) return $"{path} is not there";
        string code = File.ReadAllText(file);
        return code.Contains($"class {name}", StringComparison.Ordinal) && Tests().IsMatch(code)
            ? null
            : $"{path} has no class {name} with a test";
    }

    [GeneratedRegex(@"\[(?<name>[^\]]+)\]\((?<path>[^)]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"\[\w*(Fact|Theory)\b")]
    private static partial Regex Tests();
}
