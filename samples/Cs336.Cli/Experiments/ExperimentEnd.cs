using Cs336.Training;

namespace Cs336.Cli;

/// <summary>How a command that computed many runs ends.</summary>
internal static class ExperimentEnd
{
    /// <summary>Tells what is left to do, and the exit code that says so.</summary>
    public static int CodeOf(IReadOnlyList<ExperimentResult> results, int wanted, Terminal terminal, CancellationToken stopping)
    {
        ExperimentResult[] failed = [.. results.Where(result => result.Outcome == ExperimentOutcome.Failed)];
        foreach (ExperimentResult result in failed) terminal.Error($"{result.Name} failed: {result.Message}");
        if (stopping.IsCancellationRequested && (results.Count < wanted
            || results.Any(result => result.Outcome == ExperimentOutcome.Unfinished)))
        {
            terminal.Note("Stopped. The same command again goes on with the runs that are not done.");
            return ExitCodes.Interrupted;
        }
        return failed.Length > 0 ? ExitCodes.BadInput : ExitCodes.Done;
    }
}
