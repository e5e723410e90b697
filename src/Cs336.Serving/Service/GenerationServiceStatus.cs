namespace Cs336.Serving;

/// <summary>What a <see cref="GenerationService"/> is doing.</summary>
/// <param name="QueueLength">Requests that wait.</param>
/// <param name="QueueCapacity">Requests that may wait.</param>
/// <param name="ActiveRequests">Requests whose texts are being generated.</param>
/// <param name="MaxConcurrentRequests">As many as may be.</param>
public sealed record GenerationServiceStatus(int QueueLength, int QueueCapacity, int ActiveRequests, int MaxConcurrentRequests)
{
    /// <summary>Passes of the model that have failed in a row; 0 once one succeeds.</summary>
    public int FailedPasses { get; init; }

    /// <summary>
    /// Whether the pass of the model that is under way has taken longer than <see cref="GenerationServiceOptions.StallTimeout"/>.
    /// </summary>
    public bool IsStalled { get; init; }

    /// <summary>
    /// What broke the service's thread off, outside of any one request: all that were there then got this error, and the thread has
    /// begun again. Null where that has not happened, or a pass of the model has succeeded since.
    /// </summary>
    public Exception? Fault { get; init; }
}
