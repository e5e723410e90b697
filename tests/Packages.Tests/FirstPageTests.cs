using System.Text.RegularExpressions;
using Packages.Tests.Readmes;
using Stories;

namespace Packages.Tests;

/// <summary>"In your own program" on the first page: its commands as pasted, then its example.</summary>
[Collection(PackedFeedCollection.Name)]
public sealed partial class FirstPageTests(PackedFeed feed)
{
    [RegistryFact]
    public void The_commands_make_a_project_and_the_example_runs_in_it()
    {
        Assert.NotEmpty(feed.Packages);
        string page = File.ReadAllText(Path.Combine(feed.Repository, "README.md")).ReplaceLineEndings("\n");
        string section = page[page.IndexOf("\n## In your own program\n", StringComparison.Ordinal)..];
        string commands = Commands().Match(section).Groups["commands"].Value;
        Assert.StartsWith(PackedFeed.PackCommand + "\n", commands);
        // The packages are packed already.
        feed.Stranger.Commands.Run(feed.Repository, "bash", "-ec", commands[(PackedFeed.PackCommand.Length + 1)..]);

        string project = feed.Stranger.File("my-stories"), example = ReadmeProgram.In(section).First();
        StoryCorpus.Write(Path.Combine(project, "stories.txt"), 300_000, seed: 5);
        // The example's own run takes minutes; eight steps show that it works.
        const string Model = "run.Model = ", Few = "run.Training = run.Training with { MaxSteps = 8, BatchSize = 4 };";
        string shorter = example.Replace(Model, $"{Few} {Model}", StringComparison.Ordinal);
        Assert.NotEqual(example, shorter);
        File.WriteAllText(Path.Combine(project, "Program.cs"), shorter);
        string output = feed.Stranger.Commands.Run(project, "dotnet", "run", "-c", "Release");
        Assert.NotEmpty(output.Trim());
        Assert.True(File.Exists(Path.Combine(project, "run", "metrics.jsonl")), output);
    }

    [GeneratedRegex("^```sh\n(?<commands>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Commands();
}
