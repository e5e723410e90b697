using System.Globalization;

namespace Cs336.Cli;

/// <summary>Lines, so few that a log stays readable: one at each milestone, and otherwise one in ten seconds.</summary>
internal sealed class PlainWorkDisplay(string what, TextWriter writer) : IWorkDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private long _last = TimeProvider.System.GetTimestamp();

    public void Report(double fraction, string details, bool milestone = false)
    {
        if (!milestone && TimeProvider.System.GetElapsedTime(_last) < Interval) return;
        _last = TimeProvider.System.GetTimestamp();
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {fraction:0%}  {details}"));
    }
}
