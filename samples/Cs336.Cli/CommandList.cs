using System.CommandLine;

namespace Cs336.Cli;

/// <summary>The commands in the order of the help text.</summary>
internal static class CommandList
{
    public static IEnumerable<Command> All(Terminal terminal) =>
    [
        TokenizerCommand.Create(terminal),
        AccountCommand.Create(terminal),
        SgdToyCommand.Create(terminal),
    ];
}
