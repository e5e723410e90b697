using System.CommandLine;
using System.Text.RegularExpressions;
using Cs336.Testing;
using Cs336.Training;

namespace Cs336.Cli.Tests;

/// <summary>
/// The page of experiments is true as far as it can be without running them: its configurations are sound, its commands parse, its
/// pictures exist.
/// </summary>
public partial class ExperimentPagesTests
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "docs", "experiments");

    public static TheoryData<string> Configs => [.. Directory.GetFiles(Folder, "*.json").Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Configs))]
    public void Every_configuration_is_sound(string name)
    {
        RunConfig config = RunConfig.Parse(WithData(ConfigOptions.ReadFile(Path.Combine(Folder, name))));
        Assert.Empty(config.FindProblems());
    }

    [Fact]
    public void Every_command_parses_and_every_picture_is_there()
    {
        string page = File.ReadAllText(Path.Combine(Folder, "README.md"));
        RootCommand root = CommandLineProgram.Build(new Terminal(TextWriter.Null, TextWriter.Null, TextReader.Null));
        string[] commands = [.. Command().Matches(page.Replace("\\\n", " ", StringComparison.Ordinal))
            .Select(match => match.Groups[1].Value)];
        Assert.True(commands.Length > 10, $"{commands.Length} commands");
        Assert.All(commands, command => Assert.Empty(root.Parse(command).Errors));
        string[] pictures = [.. Picture().Matches(page).Select(match => match.Groups[1].Value)];
        Assert.True(pictures.Length >= 5, $"{pictures.Length} pictures");
        Assert.All(pictures, picture => Assert.True(File.Exists(Path.Combine(Folder, picture)), picture));
    }

    private static System.Text.Json.Nodes.JsonObject WithData(System.Text.Json.Nodes.JsonObject config)
    {
        config["data"] = new System.Text.Json.Nodes.JsonObject { ["training"] = "data.npy", ["tokenizer"] = "tokenizer" };
        return config;
    }

    [GeneratedRegex(@"^cs336 (.+)$", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex(@"!\[[^\]]*\]\(([^)]+)\)")]
    private static partial Regex Picture();
}
