using Cs336.Testing;

namespace Cs336.Hosting.Tests;

public sealed class FolderTests
{
    [Fact]
    public void No_folder_is_in_a_circle_with_another() => FolderCircles.AssertNone(Path.Combine("src", "Cs336.Hosting"));

    /// <summary>Here because this project comes after all others.</summary>
    [Fact]
    public void No_folder_of_what_packages_share_is_in_a_circle_with_another() => FolderCircles.AssertNone(Path.Combine("src", "Shared"));

    /// <summary>Here because this project reads all of the repository.</summary>
    [Fact]
    public void No_folder_of_a_sample_is_in_a_circle_with_another()
    {
        string[] samples = [.. Directory.EnumerateDirectories(Path.Combine(RepositoryRoot.Path, "samples"))
            .Where(folder => Directory.EnumerateFiles(folder, "*.csproj").Any())];
        Assert.NotEmpty(samples);
        Assert.All(samples, folder => FolderCircles.AssertNone(Path.GetRelativePath(RepositoryRoot.Path, folder)));
    }
}
