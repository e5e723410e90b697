namespace Packages.Tests;

/// <summary>The command cs336, installed from its package.</summary>
[Collection(PackedFeedCollection.Name)]
public sealed class ToolTests(PackedFeed feed)
{
    private const long MostBytes = 20_000_000;

    [RegistryFact]
    public void It_is_small_for_it_has_no_libtorch()
    {
        // .NET keeps the package file twice, which is not ours to change.
        string[] packages = Directory.GetFiles(feed.Tool.Folder, "*.nupkg", SearchOption.AllDirectories);
        IEnumerable<string> files = Directory.EnumerateFiles(feed.Tool.Folder, "*", SearchOption.AllDirectories).Except(packages.Skip(1));
        long size = files.Sum(file => new FileInfo(file).Length);
        Assert.True(size < MostBytes, $"The installed tool has {size:N0} bytes.");
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
            (int code, string output) = feed.Stranger.Commands.Try(folder, feed.Tool.Program, command.Split(' '));
            Assert.Equal(1, code);
            Assert.Matches(
                $"^error: cs336 {command.Split(' ')[0]} needs libtorch {PackageCache.LibTorchVersion}, which the tool leaves to you: "
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

    private string Run(string folder, string arguments) => feed.Stranger.Commands.Run(folder, feed.Tool.Program, arguments.Split(' '));
}
