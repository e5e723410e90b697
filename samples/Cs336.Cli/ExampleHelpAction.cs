using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Cs336.Cli;

/// <summary>The usual help text, and the command's example below it.</summary>
internal sealed class ExampleHelpAction(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int result = usual.Invoke(parseResult);
        string? example = parseResult.CommandResult.Command switch
        {
            ExampleCommand command => command.Example,
            RootCommand => "cs336 account --preset gpt2-xl",
            _ => null,
        };
        if (example is not null)
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Example:");
            foreach (string line in example.Split('\n')) output.WriteLine($"  {line}");
            output.WriteLine();
        }
        return result;
    }
}
