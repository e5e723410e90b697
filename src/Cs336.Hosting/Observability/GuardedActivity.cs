using System.Diagnostics;

namespace Cs336.Hosting;

/// <summary>An activity whose listeners may throw: what they throw is dropped, so that it ends nobody's work.</summary>
internal sealed class GuardedActivity : IDisposable
{
    private readonly Activity? _before = Activity.Current;
    private readonly Activity? _activity;

    public GuardedActivity(string name)
    {
        try
        {
            _activity = TrainingTelemetry.Source.StartActivity(name);
        }
        catch (Exception)
        {
            Activity.Current = _before; // a listener that throws leaves the activity in its place
        }
    }

    public void SetTag(string key, object? value) => _activity?.SetTag(key, value);

    public void Fail(string message) => _activity?.SetStatus(ActivityStatusCode.Error, message);

    public void Dispose()
    {
        try
        {
            _activity?.Dispose();
        }
        catch (Exception)
        {
            Activity.Current = _before;
        }
    }
}
