using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Cs336.Testing;

namespace Cs336.Cli.Tests;

public class CommandLineTests
{
    public static TheoryData<string> Commands =>
        [.. Walk(CommandLineProgram.Build(new Terminal(TextWriter.Null, TextWriter.Null, TextReader.Null)), "")];

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
    [InlineData("--vocab-size is 'many', but must be a whole number, such as 1000.", "tokenizer", "train", "--vocab-size", "many")]
    [InlineData("--seed is '-1', but must be a whole number of at least 0", "generate", "--seed", "-1")]
    [InlineData("--lr is '0,5', but must be a number", "sgd-toy", "--lr", "1", "0,5")]
    [InlineData("Required argument missing for option: '--steps'", "sgd-toy", "--steps")]
    [InlineData("Without --documents the whole text is measured, so that --separator and --seed would not be used", "tokenizer", "report",
        "--tokenizer", "a", "--corpus", "b", "--seed", "1", "--separator", "x")]
    [InlineData("--peak-flops: 'h100' does not say in which format h100 multiplies: name one of h100:fp32, h100:tf32", "account",
        "--preset", "gpt2-xl", "--peak-flops", "h100")]
    [InlineData("--peak-flops: '0' is neither a number above 0", "account", "--preset", "gpt2-xl", "--peak-flops", "0")]
    [InlineData("--memory is '80 apples', but must be a size", "account", "--preset", "gpt2-xl", "--memory", "80 apples")]
    [InlineData("--steps is 0, but must be from 1 to 100000", "sgd-toy", "--steps", "0")]
    [InlineData("--steps is 2147483647, but must be from 1 to 100000", "sgd-toy", "--steps", "2147483647")]
    [InlineData("--batch is 0, but must be at least 1", "eval", "--run", "r", "--data", "d", "--batch", "0")]
    [InlineData("--context-length is -1, but must be at least 1", "eval", "--run", "r", "--data", "d", "--context-length", "-1")]
    [InlineData("--max-tokens is 0, but must be at least 1", "eval", "--run", "r", "--data", "d", "--max-tokens", "0")]
    [InlineData("--threads is 2147483647, but must be from 1 to 1024", "tokenizer", "encode", "--tokenizer", "t", "--input", "i",
        "--output", "o", "--threads", "2147483647")]
    [InlineData("--threads is 0, but must be from 1 to 1024", "tokenizer", "train", "--input", "i", "--vocab-size", "300", "--output",
        "o", "--threads", "0")]
    [InlineData("--documents is 0, but must be at least 1", "tokenizer", "report", "--tokenizer", "t", "--corpus", "c", "--documents", "0")]
    [InlineData("--longest is -1, but must be at least 0", "tokenizer", "report", "--tokenizer", "t", "--corpus", "c", "--longest", "-1")]
    [InlineData("--seeds is 2147483647, but must be from 1 to 100000", "sweep", "--config", "c", "--output", "o", "--seeds", "2147483647")]
    [InlineData("--jobs is 0, but must be at least 1", "ablate", "--config", "c", "--output", "o", "--jobs", "0")]
    [InlineData("--training-batch is -1, but must be at least 1", "account", "--preset", "gpt2-xl", "--training-batch", "-1")]
    public void A_command_line_that_is_not_understood_is_a_usage_error(string message, params string[] arguments) =>
        CliRun.Of(arguments).Failed(2, message);

    /// <summary>A comma for the point would otherwise be taken for one between thousands, and 0,5 for 5.</summary>
    [Theory]
    [MemberData(nameof(Commands))]
    public void No_option_takes_a_number_with_separators_whatever_the_machines_language(string path)
    {
        RootCommand root = CommandLineProgram.Build(new Terminal(TextWriter.Null, TextWriter.Null, TextReader.Null));
        Command command = path.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Aggregate((Command)root, (parent, name) => parent.Subcommands.Single(child => child.Name == name));
        CultureInfo before = CultureInfo.CurrentCulture, withCommas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (withCommas.NumberFormat.NumberDecimalSeparator, withCommas.NumberFormat.NumberGroupSeparator) = (",", ".");
        CultureInfo.CurrentCulture = withCommas;
        try
        {
            foreach (Option option in command.Options)
            {
                Type type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
                bool fraction = type == typeof(double) || type == typeof(double[]);
                if (!fraction && !(type.IsPrimitive && type != typeof(bool))) continue;
                foreach (string wrong in (string[])["0,5", "1,000", "1.000,5", "1_000", " 1", "0x10",
                    .. fraction ? Array.Empty<string>() : ["1.5", "1.000", "1e3", "1e99"]])
                    Assert.StartsWith($"{option.Name} is '{wrong}', but must be a ", Error(option, wrong));
                foreach (string right in (string[])["7", .. fraction ? ["0.5", "-1.5e-3", "Infinity"] : Array.Empty<string>()])
                    Assert.Null(Error(option, right));
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        string? Error(Option option, string value) =>
            root.Parse([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), option.Name, value]).Errors
            .FirstOrDefault(error => error.Message.Contains($"{option.Name} is", StringComparison.Ordinal)
            || error.Message.Contains("Cannot parse", StringComparison.Ordinal))?.Message;
    }

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
        using CliProcess bad = await CliProcess.RunAsync(folder.Path, "tokenizer", "encode", "--tokenizer", "nowhere", "--input", "a",
            "--output", "b");
        using CliProcess usage = await CliProcess.RunAsync(folder.Path, "tokenizer", "encode");
        Assert.Equal((1, 2), (bad.ExitCode, usage.ExitCode));
        Assert.StartsWith("error: There is no nowhere", bad.Errors);
        Assert.Equal("", bad.Output + usage.Output);
    }

    private static IEnumerable<string> Walk(Command command, string path) =>
        [path, .. command.Subcommands.SelectMany(child => Walk(child, $"{path} {child.Name}".TrimStart()))];
}
