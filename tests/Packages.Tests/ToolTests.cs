namespace Packages.Tests;

/// <summary>The command cs336, installed from its package.</summary>
[Collection(PackedFeedCollection.Name)]
public sealed class ToolTests(PackedFeed feed)
{
    private const long MaxBytes = 20_000_000;

    [RegistryFact]
    public void It_is_small_for_it_has_no_libtorch()
    {
        // .NET keeps the package file twice, which is not ours to change.
        string[] packages = Directory.GetFiles(feed.Tool.Folder, "*.nupkg", SearchOption.AllDirectories);
        IEnumerable<string> files = Directory.EnumerateFiles(feed.Tool.Folder, "*", SearchOption.AllDirectories).Except(packages.Skip(1));
        long size = files.Sum(file => new FileInfo(file).Length);
        Assert.True(size < MaxBytes, $"The installed tool has {size:N0} bytes.");
    }

    [RegistryFact]
    public void It_counts_makes_tokenizers_and_generates_without_libtorch()
    {
        string folder = feed.Workplace.CopyFor("without");
        Assert.Contains("190,460,160", Run(folder, "account --preset gpt2-small"));
        Assert.Contains("1,000 ids", Run(folder, "tokenizer train --input corpus.txt --vocab-size 1000 --output another"));
        Assert.NotEmpty(Run(folder, "generate --run trained --prompt Once --max-new-tokens 5 --seed 1"));
    }

    [RegistryFact]
    public void Without_libtorch_it_says_in_one_sentence_how_to_get_it_and_writes_nothing()
    {
        string folder = feed.Workplace.CopyFor("told");
        string[] commands =
            ["train --config small.json --tokenizer my-tokenizer --output new", "eval --run trained --data tokens.npy", "sgd-toy"];
        foreach (string command in commands)
        {
            (int code, string output) = feed.Stranger.Commands.With(("CS336_FETCH_LIBTORCH", "0"))
                .Try(folder, feed.Tool.Program, command.Split(' '));
            Assert.Equal(1, code);
            Assert.Matches(
                $"^error: cs336 {command.Split(' ')[0]} needs libtorch {PackageCache.LibTorchVersion}, which CS336_FETCH_LIBTORCH "
                    + "forbids to fetch: "
                + "set CS336_LIBTORCH to a folder [^\n]*\n+$", output);
        }
        Assert.False(Path.Exists(Path.Combine(folder, "new")));
    }

    [RegistryFact]
    public void With_a_folder_of_libtorch_it_trains()
    {
        string folder = feed.Workplace.CopyFor("with"); // which was trained by it
        Assert.True(File.Exists(Path.Combine(folder, "trained", "metrics.jsonl")));
        CommandLine commands = feed.Stranger.Commands.With(("CS336_LIBTORCH", PackageCache.LibTorchFolder));
        Assert.Contains("lr", commands.Run(folder, feed.Tool.Program, "sgd-toy"));
    }

    [RegistryFact]
    public void Without_libtorch_it_fetches_the_package_and_goes_on()
    {
        string folder = feed.Workplace.CopyFor("fetched");
        string output = Run(folder, "sgd-toy");
        Assert.Contains($"Fetching libtorch, the package libtorch-cpu-", output, StringComparison.Ordinal);
        Assert.Contains("lr", output);
        Assert.Contains("perplexity", Run(folder, "eval --run trained --data tokens.npy"));
    }

    [RegistryFact]
    public void Where_it_cannot_be_fetched_it_says_why_and_how_else()
    {
        string folder = feed.Workplace.CopyFor("refused");
        string own = Path.Combine(folder, "own");
        Directory.CreateDirectory(Path.Combine(own, ".nuget", "NuGet"));
        File.WriteAllText(Path.Combine(own, ".nuget", "NuGet", "NuGet.Config"),
            """<configuration><packageSources><clear /></packageSources></configuration>""");
        CommandLine commands = feed.Stranger.Commands.With(
            ("HOME", own), ("DOTNET_CLI_HOME", own), ("NUGET_PACKAGES", Path.Combine(own, "cache")), ("NUGET_FALLBACK_PACKAGES", null));
        (int code, string output) = commands.Try(folder, feed.Tool.Program, "sgd-toy");
        Assert.Equal(1, code);
        Assert.Matches(
            $@"error: cs336 sgd-toy needs libtorch {PackageCache.LibTorchVersion}, which could not be fetched "
                + @"\(.*NU1\d+.*\): set CS336_LIBTORCH",
            output);
    }

    private string Run(string folder, string arguments) => feed.Stranger.Commands.Run(folder, feed.Tool.Program, arguments.Split(' '));
}
