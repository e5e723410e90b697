using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using Cs336.Distributed;
using Cs336.Settings;
using Cs336.Training;
using Cs336.Transformer;

namespace Cs336.Cli;

/// <summary>The program: parses, runs one command, and turns whatever the user can mend into one message and an exit code.</summary>
internal static class CommandLineProgram
{
    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">What follows the program's name.</param>
    /// <param name="terminal">Where it reads and writes.</param>
    /// <param name="stopping">Set when the user presses Ctrl-C.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken stopping = default)
    {
        RootCommand root = Build(terminal);
        ParseResult parsed = root.Parse(arguments);
        string help = $"See {NameOf(parsed.CommandResult.Command)} --help.";
        if (parsed.Errors.Count > 0 && parsed.Action is not ExampleHelpAction)
        {
            terminal.Error(string.Join(Environment.NewLine, Explain(parsed).Append(help)));
            return ExitCodes.Usage;
        }
        terminal.Json = parsed.GetValue(Options.Json);
        try
        {
            InvocationConfiguration invocation = new()
            {
                Output = terminal.Output,
                Error = terminal.Errors,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null, // signals are the program's own affair
            };
            return Invoke(parsed, invocation, terminal, stopping);
        }
        catch (UsageException exception)
        {
            terminal.Error($"{exception.Message} {help}");
            return ExitCodes.Usage;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            terminal.Note("Stopped.");
            return ExitCodes.Interrupted;
        }
        catch (Exception exception) when (MemoryFailure.IsOne(exception))
        {
            terminal.Error(MemoryFailure.Of("what was asked for", "ask for less, or run it on a machine with more", exception).Message);
            return ExitCodes.BadInput;
        }
        catch (LibTorchNotFoundException exception)
        {
            terminal.Error(exception.Message);
            return ExitCodes.BadInput;
        }
        catch (ExternalException exception) // libtorch's own, with pages of native frames after the first line
        {
            terminal.Error($"libtorch failed: {exception.Message.Split('\n', 2)[0]}");
            return ExitCodes.BadInput;
        }
        catch (Exception exception) when (exception
            is ArgumentException or InvalidOperationException or InvalidDataException or IOException or UnauthorizedAccessException
            or OverflowException or NotSupportedException or TrainingDivergedException
            or CommunicationException)
        {
            terminal.Error(WithoutParameterName(exception));
            return ExitCodes.BadInput;
        }
    }

    /// <summary>
    /// Runs the command; where it asks for libtorch and the program has none, gets it and runs the command again, which has changed
    /// nothing.
    /// </summary>
    private static int Invoke(ParseResult parsed, InvocationConfiguration invocation, Terminal terminal, CancellationToken stopping)
    {
        try
        {
            return parsed.InvokeAsync(invocation, stopping).GetAwaiter().GetResult();
        }
        catch (LibTorchNotFoundException exception) when (MissingLibTorch.Of(exception) is MissingLibTorch package)
        {
            string? folder = FetchedLibTorch.Find(package, terminal, out string problem);
            if (folder is null)
                throw new LibTorchNotFoundException(LibTorchAdvice.Of(NameOf(parsed.CommandResult.Command), package, problem), exception);
            LibTorch.Folder = folder;
        }
        return parsed.InvokeAsync(invocation, stopping).GetAwaiter().GetResult();
    }

    /// <summary>Every command, and the options that all share.</summary>
    public static RootCommand Build(Terminal terminal)
    {
        RootCommand root = new("The experiments of Stanford's CS336: train a tokenizer and a Transformer, generate text, account, sweep, "
            + "ablate, report.");
        foreach (Command command in CommandList.All(terminal)) root.Add(command);
        root.Add(Options.Json);
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExampleHelpAction((HelpAction)help.Action!);
        return root;
    }

    private static string NameOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is Command parent ? $"{NameOf(parent)} {command.Name}" : "cs336";

    /// <summary>What is wrong with a command line, with the nearest option or command where one was misspelled.</summary>
    private static IEnumerable<string> Explain(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string[] known = [.. command.Options.Select(option => option.Name), .. command.Subcommands.Select(item => item.Name),
            Options.Json.Name];
        foreach (string unknown in parsed.UnmatchedTokens)
        {
            bool isOption = unknown.StartsWith('-');
            string? nearest = isOption || command.Subcommands.Count > 0
                ? NearestName.Of(unknown, known.Where(name => name.StartsWith('-') == isOption)) : null;
            yield return $"There is no {(isOption ? "option" : nearest is null ? "argument" : "command")} '{unknown}' of "
                + $"{NameOf(command)}.{(nearest is null ? "" : $" Did you mean {nearest}?")}";
        }
        foreach (ParseError error in parsed.Errors)
            if (!parsed.UnmatchedTokens.Any(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal)))
                yield return error.Message;
    }

    private static string WithoutParameterName(Exception exception) => exception is ArgumentException { ParamName: string name }
        ? exception.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        .Split($"{Environment.NewLine}Actual value was", 2)[0]
        : exception.Message;
}
