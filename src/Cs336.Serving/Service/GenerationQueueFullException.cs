namespace Cs336.Serving;

/// <summary>A request was refused because too many wait already; over HTTP that is status 429.</summary>
public sealed class GenerationQueueFullException : InvalidOperationException
{
    /// <summary>A refusal that does not say how many wait.</summary>
    public GenerationQueueFullException() : this("Too many requests wait already: try again later.") { }

    /// <summary>A refusal in words of one's own.</summary>
    public GenerationQueueFullException(string message) : base(message) { }

    /// <summary>A refusal in words of one's own, for a reason.</summary>
    public GenerationQueueFullException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>A refusal that says how many wait.</summary>
    /// <param name="queueLength">How many requests wait, those of one caller where its own limit was reached.</param>
    /// <param name="queueCapacity">How many may.</param>
    /// <param name="ofCaller">Whether the limit is that of one caller.</param>
    public GenerationQueueFullException(int queueLength, int queueCapacity, bool ofCaller = false)
        : base(ofCaller
            ? $"{queueLength} requests of this caller wait already, and no more than {queueCapacity} may: try again when one has ended."
            : $"{queueLength} requests wait already, and no more than {queueCapacity} may: try again later.")
    {
        QueueLength = queueLength;
        QueueCapacity = queueCapacity;
    }

    /// <summary>How many requests waited, those of one caller where its own limit was reached; 0 where that is not said.</summary>
    public int QueueLength { get; }

    /// <summary>How many may; 0 where that is not said.</summary>
    public int QueueCapacity { get; }
}
