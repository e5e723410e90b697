using System.CommandLine;

namespace Cs336.Cli;

/// <summary>The commands in the order of the help text.</summary>
internal static class CommandList
{
    public static IEnumerable<Command> All(Terminal terminal) =>
    [
        TokenizerCommand.Create(terminal),
        TrainCommand.Create(terminal),
        EvalCommand.Create(terminal),
        GenerateCommand.Create(terminal),
        ExportCommand.Create(terminal),
        ImportCommand.Create(terminal),
        InspectCommand.Create(terminal),
        AccountCommand.Create(terminal),
        SweepCommand.Create(terminal),
        AblateCommand.Create(terminal),
        CompareCommand.Create(terminal),
        ReportCommand.Create(terminal),
        SgdToyCommand.Create(terminal),
    ];
}
