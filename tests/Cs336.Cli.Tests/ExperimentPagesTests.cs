using Cs336.Testing;
using Cs336.Training;

namespace Cs336.Cli.Tests;

/// <summary>
/// The page of experiments is true as far as it can be without running them: its configurations are sound. That its commands parse and
/// its pictures exist is tested with all pages'.
/// </summary>
public class ExperimentPagesTests
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

    private static System.Text.Json.Nodes.JsonObject WithData(System.Text.Json.Nodes.JsonObject config)
    {
        config["data"] = new System.Text.Json.Nodes.JsonObject { ["training"] = "data.npy", ["tokenizer"] = "tokenizer" };
        return config;
    }
}
