using Microsoft.Extensions.Logging;

namespace Cs336.Parts;

/// <summary>
/// Passes on what is logged. Exceptions of the log itself are dropped, so that logging ends nobody's work; the first one is logged.
/// </summary>
internal sealed class GuardedLogger(ILogger inner) : ILogger
{
    private int _failures;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null; // the packages open no scopes

    public bool IsEnabled(LogLevel logLevel)
    {
        bool isEnabled = false;
        Tell(() => isEnabled = inner.IsEnabled(logLevel));
        return isEnabled;
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Tell(() => inner.Log(logLevel, eventId, state, exception, formatter));

    private void Tell(Action tell)
    {
        try
        {
            tell();
        }
        catch (Exception exception)
        {
            if (Interlocked.Increment(ref _failures) == 1) Tell(() => inner.ObserverFailed(exception));
        }
    }
}
