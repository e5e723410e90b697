namespace Cs336.Training;

/// <summary>Passes metrics on to several sinks, in their order.</summary>
/// <param name="sinks">The sinks; they are disposed with this one.</param>
public sealed class CompositeMetricSink(params IReadOnlyList<IMetricSink> sinks) : IMetricSink, IDisposable
{
    private readonly IReadOnlyList<IMetricSink> _sinks = sinks ?? throw new ArgumentNullException(nameof(sinks));

    /// <summary>The sinks, so that each can be told by itself.</summary>
    internal IReadOnlyList<IMetricSink> Sinks => _sinks;

    /// <inheritdoc/>
    public void Begin(long step)
    {
        foreach (IMetricSink sink in _sinks) sink.Begin(step);
    }

    /// <inheritdoc/>
    public void Write(TrainingMetrics metrics)
    {
        foreach (IMetricSink sink in _sinks) sink.Write(metrics);
    }

    /// <summary>Disposes the sinks that can be.</summary>
    public void Dispose()
    {
        foreach (IMetricSink sink in _sinks) (sink as IDisposable)?.Dispose();
    }
}
