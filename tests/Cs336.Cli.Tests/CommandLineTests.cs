using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Testing;

namespace Cs336.Cli.Tests;

public class CommandLineTests
{
    public static TheoryData<string> Commands => [.. Walk(CommandLineProgram.Build(new Terminal(TextWriter.Null, TextWriter.Null, TextReader.Null)), "")];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_has_help_with_an_example_of_itself(string command)
    {
        CliRun run = CliRun.Of([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]).Succeeded();

        Assert.Equal("", run.Errors);
        string example = run.Output.Split("Example:\n")[1].Trim();
        Assert.StartsWith($"cs336 {command}".TrimEnd(), example);
        Assert.Contains("--json", run.Output);
    }

    /// <summary>Examples are parsed, so that none names an option that does not exist.</summary>
    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_example_is_a_command_line_that_parses(string command)
    {
        RootCommand root = CommandLineProgram.Build(new Terminal(TextWriter.Null, TextWriter.Null, TextReader.Null));
        string help = CliRun.Of([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]).Output;
        foreach (string line in help.Split("Example:\n")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Assert.Empty(root.Parse(line.Trim()["cs336 ".Length..]).Errors);
    }

    [Theory]
    [InlineData("There is no command 'acount' of cs336. Did you mean account?", "acount")]
    [InlineData("There is no command 'enc' of cs336 tokenizer. Did you mean encode?", "tokenizer", "enc")]
    [InlineData("There is no option '--prest' of cs336 account. Did you mean --preset?", "account", "--prest", "gpt2-xl")]
    [InlineData("'gpt2-xl'", "account", "--preset", "gpt3")]
    [InlineData("Name one model", "account")]
    [InlineData("Required command was not provided", "tokenizer")]
    [InlineData("--vocab-size", "tokenizer", "train", "--input", "a.txt", "--output", "b")]
    [InlineData("Cannot parse argument 'many' for option '--vocab-size' as a whole number", "tokenizer", "train", "--vocab-size", "many")]
    [InlineData("--memory is '80 apples', but must be a size", "account", "--preset", "gpt2-xl", "--memory", "80 apples")]
    [InlineData("--steps is 0, but must be at least 1", "sgd-toy", "--steps", "0")]
    public void A_command_line_that_is_not_understood_is_a_usage_error(string message, params string[] arguments) => CliRun.Of(arguments).Failed(2, message);

    [Fact]
    public async Task As_a_process_it_writes_the_object_alone_to_stdout()
    {
        using TemporaryFolder folder = new();
        using CliProcess run = await CliProcess.RunAsync(folder.Path, "account", "--preset", "gpt2-xl", "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("", run.Errors);
        Assert.Equal(2_127_057_600, (long)JsonNode.Parse(run.Output)!["parameters"]!["total"]!);
    }

    [Fact]
    public async Task As_a_process_it_tells_bad_input_from_bad_usage()
    {
        using TemporaryFolder folder = new();
        using CliProcess bad = await CliProcess.RunAsync(folder.Path, "tokenizer", "encode", "--tokenizer", "nowhere", "--input", "a", "--output", "b");
        using CliProcess usage = await CliProcess.RunAsync(folder.Path, "tokenizer", "encode");
        Assert.Equal((1, 2), (bad.ExitCode, usage.ExitCode));
        Assert.StartsWith("error: There is no nowhere", bad.Errors);
        Assert.Equal("", bad.Output + usage.Output);
    }

    private static IEnumerable<string> Walk(Command command, string path) =>
        [path, .. command.Subcommands.SelectMany(child => Walk(child, $"{path} {child.Name}".TrimStart()))];
}
