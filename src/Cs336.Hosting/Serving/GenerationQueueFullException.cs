namespace Cs336.Hosting;

/// <summary>A request was refused because too many wait already; over HTTP that is status 429.</summary>
public sealed class GenerationQueueFullException : InvalidOperationException
{
    internal GenerationQueueFullException(int queueLength, int queueCapacity, bool ofCaller)
        : base(ofCaller
            ? $"{queueLength} requests of this caller wait already, and no more than {queueCapacity} may: try again when one has ended."
            : $"{queueLength} requests wait already, and no more than {queueCapacity} may: try again later.")
    {
        QueueLength = queueLength;
        QueueCapacity = queueCapacity;
    }

    /// <summary>How many requests waited, those of one caller where his own limit was reached.</summary>
    public int QueueLength { get; }

    /// <summary>How many may.</summary>
    public int QueueCapacity { get; }
}
