using System.Reflection;

namespace Cs336.Hosting.Tests;

/// <summary>Here because this project references all packages but one, whose own tests hold its page.</summary>
public sealed class ReferencePageTests
{
    [Theory]
    [InlineData("Cs336.Tokenizers")]
    [InlineData("Cs336.Inference")]
    [InlineData("Cs336.Serving")]
    [InlineData("Cs336.Transformer")]
    [InlineData("Cs336.Training")]
    [InlineData("Cs336.Hosting")]
    [InlineData("Cs336.Distributed")]
    public void The_reference_is_what_the_comments_say(string package) =>
        ReferencePage.IsUpToDate(Assembly.Load(package), "tests/Cs336.Hosting.Tests");

    [Fact]
    public void Every_package_has_a_page()
    {
        IEnumerable<string> packages = Directory.EnumerateDirectories(Path.Combine(RepositoryRoot.Path, "src"), "Cs336.*");
        IEnumerable<string> pages = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "docs", "reference"), "*.md");
        Assert.Equal(
            packages.Select(folder => Path.GetFileName(folder) + ".md").Order(StringComparer.Ordinal),
            pages.Select(page => Path.GetFileName(page)).Order(StringComparer.Ordinal));
    }
}
