using Spectre.Console;

namespace Cs336.Cli;

/// <summary>A bar that is drawn in place.</summary>
internal sealed class LiveWorkDisplay(string what, ProgressTask task) : IWorkDisplay
{
    public void Report(double fraction, string details, bool milestone = false)
    {
        task.Description = Markup.Escape($"{what}  {details}");
        task.Value = Math.Clamp(fraction, 0, 1);
    }
}
