using System.Runtime.InteropServices;

namespace Cs336.Training;

/// <summary>
/// Lets the signals that ask a process to end (Ctrl-C, SIGTERM, SIGQUIT, and SIGHUP, which a closed terminal or a lost connection
/// sends) end a run as cancellation does, with a checkpoint; by itself .NET saves nothing at any of them. A signal that the process
/// was started to ignore, as by <c>nohup</c>, stays ignored.
/// </summary>
public sealed class StopSignals : IDisposable
{
    private static readonly PosixSignal[] Signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
    private readonly CancellationTokenSource _stopping = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Listens until it is disposed.</summary>
    /// <param name="stop">What else to do at a signal; null for nothing.</param>
    public StopSignals(Action? stop = null)
    {
        _registrations = [.. Signals.Where(signal => !IsIgnored(signal)).Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true; // the process ends by itself, when its work is saved
            _stopping.Cancel();
            stop?.Invoke();
        }))];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Listens no more: signals end the process again.</summary>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Whether the process was started to ignore a signal, as Linux tells; .NET would take it all the same.</summary>
    private static bool IsIgnored(PosixSignal signal)
    {
        const string Status = "/proc/self/status", Ignored = "SigIgn:";
        int number = signal switch { PosixSignal.SIGHUP => 1, PosixSignal.SIGINT => 2, PosixSignal.SIGQUIT => 3, _ => 15 };
        if (!OperatingSystem.IsLinux() || !File.Exists(Status)) return false;
        string? line = File.ReadLines(Status).FirstOrDefault(item => item.StartsWith(Ignored, StringComparison.Ordinal));
        if (line is null) return false;
        return (Convert.ToUInt64(line[Ignored.Length..].Trim(), 16) >> (number - 1) & 1) != 0;
    }
}
