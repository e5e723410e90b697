using Cs336.Inference;

namespace Cs336.Serving;

/// <summary>What a <see cref="GenerationService"/> takes on at most.</summary>
public sealed class GenerationServiceOptions
{
    /// <summary>
    /// The most requests whose texts are generated at once, each of which has a key/value cache of the model. Default 8; at least 1.
    /// </summary>
    public int MaxConcurrentRequests { get; set; } = 8;

    /// <summary>
    /// The most requests that wait; further ones are refused with <see cref="GenerationQueueFullException"/>. Default 64; at least 1.
    /// </summary>
    public int QueueCapacity { get; set; } = 64;

    /// <summary>The most requests of one caller that wait. Default null: as many as all; at least 1.</summary>
    public int? QueueCapacityPerCaller { get; set; }

    /// <summary>
    /// The most callers who have a turn of their own while they wait, so that many names gain little; those beyond share one turn until
    /// a place becomes free. Default 32; at least 1.
    /// </summary>
    public int MaxCallers { get; set; } = 32;

    /// <summary>
    /// The most tokens that a prompt may have; longer ones are refused. Default null: what the model's context holds; at least 1.
    /// </summary>
    public int? MaxPromptTokens { get; set; }

    /// <summary>The most new tokens that a request may ask for; one that asks for more is refused. Default 1,024; at least 1.</summary>
    public int MaxNewTokens { get; set; } = 1024;

    /// <summary>
    /// How long a text may take from its request on, waiting included; then it ends where it is. Default 2 minutes; above 0, at most a
    /// day.
    /// </summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long a pass of the model may take before the service counts as stalled. A pass that does not return cannot be broken off: those
    /// whose texts it holds up get a <see cref="TimeoutException"/> this long after their time limit, and
    /// <see cref="GenerationServiceStatus.IsStalled"/> is true. Default 30 seconds; above 0, at most a day.
    /// </summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
