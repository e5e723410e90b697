using System.Globalization;
using System.Text;

namespace Packages.Tests;

/// <summary>What is in the packages.</summary>
[Collection(PackedFeedCollection.Name)]
public sealed class PackageTests(PackedFeed feed)
{
    /// <summary>Files, dependencies and a size that is rounded up to a power of two: what changes here is meant, or a mistake.</summary>
    [RegistryFact]
    public void Their_files_dependencies_and_sizes_are_those_on_record()
    {
        StringBuilder all = new();
        foreach (PackedPackage package in feed.Packages)
        {
            all.Append(CultureInfo.InvariantCulture, $"{package.Id}, up to {SizeClass(new FileInfo(package.Path).Length)} kB\n");
            foreach (string dependency in package.Dependencies) all.Append($"  needs {dependency}\n");
            foreach (string file in package.Files) all.Append($"  holds {file}\n");
        }
        SnapshotAssert.Match(all.ToString(), "Packages.Content");
    }

    [RegistryFact]
    public void Each_names_its_licence_its_icon_its_tags_and_what_is_new_in_it()
    {
        Assert.Equal(PackedFeed.Ids.Append("Cs336.Cli").ToHashSet(), feed.Packages.Select(package => package.Id).ToHashSet());
        Assert.Equal(feed.Packages.Count, feed.Packages.Select(package => package.Text("tags")).Distinct().Count());
        string changelog = File.ReadAllText(Path.Combine(feed.Repository, "CHANGELOG.md")).ReplaceLineEndings("\n");
        foreach (PackedPackage package in feed.Packages)
        {
            Assert.Equal("MIT", package.Text("license"));
            Assert.Contains(package.Text("icon"), package.Files);
            string notes = package.Text("releaseNotes")!.ReplaceLineEndings("\n");
            Assert.StartsWith("- ", notes);
            Assert.Contains($"## {package.Id} {package.Version}\n\n{notes}\n", changelog);
        }
    }

    [RegistryFact]
    public void The_address_is_that_of_the_remote_without_its_password_and_there_is_none_where_others_cannot_reach_it()
    {
        CommandLine commands = feed.Stranger.Commands;
        _ = feed.Packages;
        if (!Directory.Exists(Path.Combine(feed.Repository, ".git"))) return; // sources that were downloaded have no remote
        commands.Try(feed.Repository, "git", "remote", "remove", "origin");
        Assert.Null(AddressWith(null));
        Assert.Null(AddressWith("/srv/somewhere/cs336"));
        Assert.Equal("https://example.org/someone/cs336", AddressWith("https://someone:secret@example.org/someone/cs336"));
        Assert.Equal("ssh://example.org/someone/cs336", AddressWith("ssh://git@example.org/someone/cs336"));
    }

    [RegistryFact]
    public void A_version_that_the_changelog_does_not_tell_of_is_not_packed()
    {
        _ = feed.Packages;
        (int code, string output) = Pack("-p:Version=9.9.9");
        Assert.NotEqual(0, code);
        Assert.Contains("CHANGELOG.md has no section \"## Cs336.Tokenizers 9.9.9\"", output);
    }

    private static long SizeClass(long bytes) => (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)(bytes + 999) / 1000);

    private string? AddressWith(string? remote)
    {
        if (remote is not null) feed.Stranger.Commands.Run(feed.Repository, "git", "remote", "add", "origin", remote);
        (int code, string output) = Pack();
        Assert.True(code == 0, output);
        if (remote is not null) feed.Stranger.Commands.Run(feed.Repository, "git", "remote", "remove", "origin");
        PackedPackage again = new(feed.Stranger.File($"again/{Path.GetFileName(feed["Cs336.Tokenizers"].Path)}"));
        return again.Element("repository")?.Attribute("url")?.Value;
    }

    private (int ExitCode, string Output) Pack(params string[] more)
    {
        string output = feed.Stranger.File("again");
        if (Directory.Exists(output)) Directory.Delete(output, recursive: true); // what is there is not packed again
        return feed.Stranger.Commands.Try(
            feed.Repository, "dotnet", ["pack", "-c", "Release", "src/Cs336.Tokenizers", "--no-build", "-o", output, .. more]);
    }
}
