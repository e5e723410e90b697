using Microsoft.Extensions.Logging;

namespace Cs336.Serving.Tests;

/// <summary>A log that does at each of its events what the test says, and keeps those for which that does not throw.</summary>
internal sealed class ChaosLogger(Action<int> before) : ILogger
{
    private readonly List<(int Id, Exception? Exception)> _entries = [];

    public IReadOnlyList<(int Id, Exception? Exception)> Entries
    {
        get
        {
            lock (_entries) return [.. _entries];
        }
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        before(eventId.Id);
        lock (_entries) _entries.Add((eventId.Id, exception));
    }
}
