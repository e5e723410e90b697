namespace Cs336.Training;

/// <summary>The time spent on a run, all its sittings together and pauses left out.</summary>
/// <param name="time">What tells the time; null for the system.</param>
internal sealed class RunClock(TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private TimeSpan _before;
    private long? _started;

    public TimeSpan Elapsed => _started is long started ? _before + _time.GetElapsedTime(started) : _before;

    public void Start() => _started ??= _time.GetTimestamp();

    public void Stop() => SetTo(Elapsed);

    /// <summary>Stands at what earlier sittings took.</summary>
    public void SetTo(TimeSpan elapsed) => (_before, _started) = (elapsed, null);
}
