using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cs336.Cli.Tests;

/// <summary>What a command line came to, run in this process.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs the program without a terminal.</summary>
    public static CliRun Of(params string[] arguments) => With("", default, arguments);

    /// <summary>Runs the program with something on stdin.</summary>
    public static CliRun With(string input, CancellationToken stopping, params string[] arguments)
    {
        StringWriter output = new() { NewLine = "\n" }, errors = new() { NewLine = "\n" };
        int code = CommandLineProgram.Run(arguments, new Terminal(output, errors, new StringReader(input)), stopping);
        return new CliRun(code, output.ToString(), errors.ToString());
    }

    /// <summary>Runs the program with --json, and reads the one object that stdout must hold.</summary>
    public static JsonObject Json(params string[] arguments)
    {
        CliRun run = Of([.. arguments, "--json"]).Succeeded();
        return JsonNode.Parse(run.Output, documentOptions: new JsonDocumentOptions { AllowTrailingCommas = false })!.AsObject();
    }

    public CliRun Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Errors}\n{Output}");
        return this;
    }

    /// <summary>Holds a failed run to what every one must be: one message, no stack trace, nothing on stdout.</summary>
    public void Failed(int exitCode, string message)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}\n{Errors}\n{Output}");
        Assert.StartsWith("error: ", Errors);
        Assert.Contains(message, Errors);
        Assert.DoesNotContain("   at ", Errors);
        Assert.DoesNotContain("System.", Errors);
        Assert.Equal("", Output);
        if (exitCode == 2) Assert.EndsWith(" --help.\n", Errors);
    }
}
