using System.Diagnostics;

namespace Cs336.Training;

/// <summary>The time spent on a run, all its sittings together and pauses left out.</summary>
internal sealed class RunClock
{
    private readonly Stopwatch _sitting = new();
    private TimeSpan _before;

    public TimeSpan Elapsed => _before + _sitting.Elapsed;

    public void Start() => _sitting.Start();

    public void Stop() => _sitting.Stop();

    /// <summary>Stands at what earlier sittings took.</summary>
    public void SetTo(TimeSpan elapsed)
    {
        _before = elapsed;
        _sitting.Reset();
    }
}
