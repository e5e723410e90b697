using System.Numerics;

namespace Cs336.Training;

/// <summary>
/// Tells metric sinks, callbacks, listeners of the meter and a sitting's progress what happens in a run. What one of them throws is a
/// warning or ends the run, as <see cref="OnFailure"/> says.
/// </summary>
internal sealed class Observers
{
    private const int MaxWarnings = 100;
    private static readonly object Meter = new(); // stands for all its listeners where failures are counted
    private readonly List<(IMetricSink Sink, string Name)> _sinks;
    private readonly IReadOnlyList<ITrainingCallback> _callbacks;
    private readonly WeightAverage? _average;
    private readonly HashSet<IMetricSink> _begun = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<object, int> _failures = new(ReferenceEqualityComparer.Instance);
    private readonly List<string> _warnings = [];
    private IProgress<TrainingMetrics>? _progress;
    private CancellationToken _cancellation;

    public Observers(IMetricSink? metrics, IReadOnlyList<ITrainingCallback> callbacks, WeightAverage? average)
    {
        _sinks = [.. Flatten(metrics).Select(sink => (sink, NameOf(sink)))];
        _callbacks = callbacks;
        _average = average;
    }

    /// <summary>Whether a failure is a warning or ends the run.</summary>
    public ObserverFailure OnFailure { get; set; }

    /// <summary>Whether the run is ending with an exception, which nothing that an observer throws may hide.</summary>
    public bool IsFailing { get; set; }

    /// <summary>What the measurements of the meter are marked with.</summary>
    public KeyValuePair<string, object?>[] Tags { get; set; } = [];

    /// <summary>What was warned of in this sitting; the first hundred.</summary>
    public IReadOnlyList<string> Warnings => [.. _warnings];

    /// <summary>Forgets the sitting before.</summary>
    /// <param name="progress">Who is also told of steps; null for nobody.</param>
    /// <param name="cancellation">What ends the sitting: that a waiting observer gives up then is no failure.</param>
    public void BeginSitting(IProgress<TrainingMetrics>? progress, CancellationToken cancellation)
    {
        (_progress, _cancellation, IsFailing) = (progress, cancellation, false);
        _warnings.Clear();
        _failures.Clear();
    }

    public void Begin(long step)
    {
        _begun.Clear();
        foreach ((IMetricSink sink, string name) in _sinks) Begin(sink, name, step);
        foreach (ITrainingCallback callback in _callbacks)
            Tell(callback, NameOf(callback), $"the beginning at step {step}", () => callback.OnBegin(step));
    }

    /// <summary>Tells everyone of a step. The clock stands while the progress is told, since it may wait to pause the run.</summary>
    public void StepDone(TrainingMetrics metrics, Evaluation? evaluation, long tokens, RunClock clock)
    {
        string what = $"step {metrics.Step}";
        TimeSpan duration = TimeSpan.FromSeconds(tokens / metrics.TokensPerSecond);
        foreach ((IMetricSink sink, string name) in _sinks)
            if (_begun.Contains(sink) || Begin(sink, name, metrics.Step - 1)) Tell(sink, name, what, () => sink.Write(metrics));
        Tell(Meter, "A listener of the meter", what, () => TrainingMeter.Record(metrics, tokens, duration, Tags));
        foreach (ITrainingCallback callback in _callbacks)
        {
            Tell(callback, NameOf(callback), what, () => StepDone(callback, metrics));
            if (evaluation is Evaluation measured)
                Tell(callback, NameOf(callback), $"the validation after {what}", () => callback.OnEvaluation(metrics.Step, measured));
        }
        if (_progress is not IProgress<TrainingMetrics> progress) return;
        clock.Stop();
        try
        {
            Tell(progress, NameOf(progress), what, () => progress.Report(metrics));
        }
        finally
        {
            clock.Start();
        }
    }

    public void CheckpointWritten(long step)
    {
        foreach (ITrainingCallback callback in _callbacks)
            Tell(callback, NameOf(callback), $"the checkpoint of step {step}", () => callback.OnCheckpoint(step));
    }

    public void Diverged(DivergenceEvent divergence)
    {
        foreach (ITrainingCallback callback in _callbacks)
            Tell(callback, NameOf(callback), $"the divergence at step {divergence.Step}", () => callback.OnDivergence(divergence));
    }

    public void Warn(string message)
    {
        if (_warnings.Count < MaxWarnings) _warnings.Add(message);
        foreach (ITrainingCallback callback in _callbacks)
        {
            try
            {
                callback.OnWarning(message);
            }
            catch (Exception)
            {
                // Nobody is warned of a callback that fails at a warning: it would fail at that warning too.
            }
        }
    }

    private bool Begin(IMetricSink sink, string name, long step) =>
        Tell(sink, name, $"the beginning at step {step}", () => sink.Begin(step)) && _begun.Add(sink);

    /// <summary>While a callback asks the model, the model has the weights that are evaluated.</summary>
    private void StepDone(ITrainingCallback callback, TrainingMetrics metrics)
    {
        if (_average is null || !callback.AsksModel(metrics.Step)) callback.OnStep(metrics);
        else _average.Measure(() =>
        {
            callback.OnStep(metrics);
            return metrics;
        });
    }

    /// <summary>Whether an observer took what it was told.</summary>
    private bool Tell(object observer, string name, string what, Action tell)
    {
        try
        {
            tell();
            return true;
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception exception) when (IsFailing || (exception is not TrainingDivergedException && OnFailure == ObserverFailure.Warn))
        {
            int count = _failures[observer] = _failures.GetValueOrDefault(observer) + 1;
            if (BitOperations.IsPow2(count)) Warn(Describe(name, what, exception, count));
            return false;
        }
    }

    private static string Describe(string name, string what, Exception exception, int count)
    {
        string cancelled = exception is OperationCanceledException ? " To end a run, cancel the token that Run was given." : "";
        string often = count == 1 ? "" : $" It has failed {count} times by now; the next that is told of is number {2L * count}.";
        return $"{name} failed when it was told of {what}, and the run goes on: {exception.GetType().Name}: "
            + $"{exception.Message.TrimEnd('.')}.{cancelled}{often}";
    }

    private static IEnumerable<IMetricSink> Flatten(IMetricSink? sink) => sink switch
    {
        null => [],
        CompositeMetricSink composite => composite.Sinks.SelectMany(Flatten),
        _ => [sink],
    };

    private static string NameOf(object observer) => observer.GetType().Name.Split('`')[0];
}
