using Cs336.Training;

namespace Cs336.Cli;

/// <summary>Passes a trainer's warnings on to the terminal.</summary>
internal sealed class WarningLines(Terminal terminal) : ITrainingCallback
{
    public void OnWarning(string message) => terminal.Warning(message);
}
