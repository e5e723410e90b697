using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Soak;

/// <summary>
/// A log, and listeners to measurements and activities, that throw now and then when they are told of the libraries' doings.
/// </summary>
internal sealed class FaultyObservers : ILoggerProvider
{
    private const string Libraries = "Cs336";
    private readonly Faults _faults;
    private readonly int _oneIn;
    private readonly MeterListener _measurements = new();
    private readonly ActivityListener _activities;

    /// <summary>Begins to listen.</summary>
    public FaultyObservers(Faults faults, int oneIn)
    {
        (_faults, _oneIn) = (faults, oneIn);
        _measurements.InstrumentPublished =
            (instrument, self) => { if (IsOurs(instrument.Meter.Name)) self.EnableMeasurementEvents(instrument); };
        _measurements.SetMeasurementEventCallback<long>((_, _, _, _) => Fail("listener of measurements"));
        _measurements.SetMeasurementEventCallback<double>((_, _, _, _) => Fail("listener of measurements"));
        _measurements.Start();
        _activities = new ActivityListener
        {
            ShouldListenTo = source => IsOurs(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = _ => Fail("listener of activities"),
            ActivityStopped = _ => Fail("listener of activities"),
        };
        ActivitySource.AddActivityListener(_activities);
    }

    /// <summary>What others log is no concern of the libraries.</summary>
    public ILogger CreateLogger(string categoryName) => IsOurs(categoryName) ? new FaultyLog(this) : NullLogger.Instance;

    public void Dispose()
    {
        _measurements.Dispose();
        _activities.Dispose();
    }

    private static bool IsOurs(string name) => name.StartsWith(Libraries, StringComparison.Ordinal);

    private void Fail(string kind) => _faults.MayThrow(kind, _oneIn);

    private sealed class FaultyLog(FaultyObservers owner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            formatter(state, exception);
            owner.Fail("log");
        }
    }
}
