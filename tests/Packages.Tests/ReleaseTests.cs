namespace Packages.Tests;

/// <summary>What was released stays as it is: .ci/released and .ci/release, in a copy of the repository.</summary>
[Collection(PackedFeedCollection.Name)]
public sealed class ReleaseTests(PackedFeed feed)
{
    [Fact]
    public void No_source_of_a_released_version_has_changed() => Released(RepositoryRoot.Path, 0);

    [Fact]
    public void A_change_of_a_source_fails_until_the_package_has_another_version()
    {
        string copy = Copy("released");
        Commands.Run(copy, "bash", ".ci/released", "record", "Cs336.Inference");
        Commands.Run(copy, "bash", ".ci/released", "record", "Cs336.Cli");
        Assert.Contains("2 of those in the projects, 0 of them changed", Released(copy, 0));

        // Inference compiles it, and the tool carries Inference; Hosting has not been released.
        File.AppendAllText(Path.Combine(copy, "src", "Shared", "Json", "JsonText.cs"), "// changed\n");
        string output = Released(copy, 1);
        Assert.Contains("Cs336.Inference 0.1.0 was released, and its sources have changed since", output);
        Assert.Contains("Cs336.Cli 0.1.0 was released, and its sources have changed since", output);
        Assert.DoesNotContain("Cs336.Hosting", output);

        foreach (string project in (string[])["src/Cs336.Inference/Cs336.Inference.csproj", "samples/Cs336.Cli/Cs336.Cli.csproj"])
        {
            string path = Path.Combine(copy, project);
            File.WriteAllText(path, File.ReadAllText(path).Replace("<Version>0.1.0<", "<Version>0.2.0<", StringComparison.Ordinal));
        }
        Released(copy, 0);
    }

    /// <summary>Release notes are in a package, and what its libraries use is in the tool.</summary>
    [Fact]
    public void What_else_is_in_a_released_package_stays_too()
    {
        string copy = Copy("notes"), changelog = Path.Combine(copy, "CHANGELOG.md"), pins = Path.Combine(copy, "Directory.Packages.props");
        foreach (string id in (string[])["Cs336.Tokenizers", "Cs336.Cli"]) Commands.Run(copy, "bash", ".ci/released", "record", id);
        const string Heading = "## Cs336.Tokenizers 0.1.0\n\n", TorchSharp = "Include=\"TorchSharp\" Version=\"";
        string notes = File.ReadAllText(changelog).ReplaceLineEndings("\n"), versions = File.ReadAllText(pins);
        Assert.Contains(Heading, notes);
        Assert.Contains(TorchSharp, versions);

        File.WriteAllText(changelog, notes.Replace(Heading, Heading + "- Something else.\n", StringComparison.Ordinal));
        string output = Released(copy, 1);
        Assert.Contains("Cs336.Tokenizers 0.1.0 was released, and its sources have changed since", output);
        Assert.DoesNotContain("Cs336.Cli 0.1.0", output);
        const string Next = "## Cs336.Tokenizers 0.2.0\n\n- Something else.\n\n";
        File.WriteAllText(changelog, notes.Replace(Heading, Next + Heading, StringComparison.Ordinal));
        Released(copy, 0);

        File.WriteAllText(pins, versions.Replace(TorchSharp, TorchSharp + "9", StringComparison.Ordinal));
        output = Released(copy, 1);
        Assert.Contains("Cs336.Cli 0.1.0 was released, and its sources have changed since", output);
        Assert.DoesNotContain("Cs336.Tokenizers 0.1.0", output);
    }

    [Fact]
    public void The_version_of_one_package_changes_nothing_in_another()
    {
        string copy = Copy("bumped"), tokenizers = Path.Combine(copy, "src", "Cs336.Tokenizers", "Cs336.Tokenizers.csproj");
        Commands.Run(copy, "bash", ".ci/released", "record", "Cs336.Inference");
        File.WriteAllText(tokenizers, File.ReadAllText(tokenizers).Replace("<Version>0.1.0<", "<Version>0.2.0<", StringComparison.Ordinal));
        Released(copy, 0);
    }

    [RegistryFact]
    public void A_version_is_held_to_the_api_of_the_last_release_and_asks_for_the_lowest_versions_that_its_project_names()
    {
        string copy = Copy("baseline"), folder = Path.Combine(copy, "src", "Cs336.Tokenizers"), output = feed.Stranger.File("next");
        Assert.NotEmpty(feed.Packages); // 0.1.0, as if it were on a registry
        Edit(Path.Combine(folder, "Cs336.Tokenizers.csproj"), "<Version>0.1.0</Version>",
            "<Version>0.2.0</Version><PackageValidationBaselineVersion>0.1.0</PackageValidationBaselineVersion>");
        Edit(Path.Combine(copy, "CHANGELOG.md"), "## Cs336.Tokenizers 0.1.0\n",
            "## Cs336.Tokenizers 0.2.0\n\n- Something else.\n\n## Cs336.Tokenizers 0.1.0\n");
        (int ExitCode, string Output) Pack(string id) => Commands.Try(
            copy, "dotnet", "pack", "-c", "Release", $"src/{id}", "-o", output, $"-p:RestoreAdditionalProjectSources={feed.Folder}");

        (int code, string told) = Pack("Cs336.Data"); // which is built with 0.2.0 of the other, and works with 0.1.0
        Assert.True(code == 0, told);
        Assert.Contains("Cs336.Tokenizers 0.1.0", new PackedPackage(Path.Combine(output, "Cs336.Data.0.1.0.nupkg")).Dependencies);
        (code, told) = Pack("Cs336.Tokenizers");
        Assert.True(code == 0, told);

        Edit(Path.Combine(folder, "TokenFiles", "TokenFile.cs"), "public string? Note =>", "internal string? Note =>");
        (code, told) = Pack("Cs336.Tokenizers");
        Assert.NotEqual(0, code);
        Assert.Matches("error CP0002: .*TokenFile.Note.get", told);

        Edit(Path.Combine(copy, "src", "Cs336.Data", "Cs336.Data.csproj"), " LowestVersion=\"0.1.0\"", "");
        (code, told) = Pack("Cs336.Data");
        Assert.NotEqual(0, code);
        Assert.Contains("CS336LOWEST", told);
    }

    [RegistryFact]
    public void A_dry_release_packs_and_changes_nothing_and_a_real_one_records_and_tags()
    {
        string copy = Copy("release");
        Commands.Run(copy, "git", "add", "--all");
        Commands.Run(copy, "git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "now");
        CommandLine commands = Commands.With(
            ("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@b"), ("GIT_COMMITTER_NAME", "a"), ("GIT_COMMITTER_EMAIL", "a@b"));

        (int code, string output) = commands.Try(copy, "bash", ".ci/release", "Cs336.Inference");
        Assert.NotEqual(0, code);
        Assert.Contains("Cs336.Inference asks for Cs336.Tokenizers 0.1.0, which was not released: release that first.", output);

        Assert.Contains("A dry run", commands.Run(copy, "bash", ".ci/release", "Cs336.Tokenizers"));
        Assert.Equal("", commands.Run(copy, "git", "status", "--porcelain").Trim());

        commands.Run(copy, "bash", ".ci/release", "Cs336.Tokenizers", "--do");
        Assert.Equal("Cs336.Tokenizers-0.1.0", commands.Run(copy, "git", "tag", "--points-at", "HEAD").Trim());
        string commit = commands.Run(copy, "git", "rev-parse", "HEAD").Trim();
        PackedPackage package = new(Path.Combine(copy, "artifacts", "release", "Cs336.Tokenizers-0.1.0", "Cs336.Tokenizers.0.1.0.nupkg"));
        Assert.Equal(commit, package.Element("repository")!.Attribute("commit")!.Value);
        Assert.NotEqual(0, commands.Try(copy, "bash", ".ci/release", "Cs336.Tokenizers").ExitCode);
    }

    private CommandLine Commands => feed.Stranger.Commands;

    private static void Edit(string path, string found, string replacement)
    {
        string text = File.ReadAllText(path).ReplaceLineEndings("\n");
        Assert.Contains(found, text);
        File.WriteAllText(path, text.Replace(found, replacement, StringComparison.Ordinal));
    }

    private string Copy(string name)
    {
        string copy = feed.Stranger.File(name);
        RepositoryCopy.Make(copy, Commands);
        return copy;
    }

    private string Released(string folder, int expected)
    {
        (int code, string output) = Commands.Try(folder, "bash", ".ci/released");
        Assert.True(code == expected, output);
        return output;
    }
}
