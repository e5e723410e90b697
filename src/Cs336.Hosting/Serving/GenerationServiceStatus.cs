namespace Cs336.Hosting;

/// <summary>What a <see cref="GenerationService"/> is doing.</summary>
/// <param name="QueueLength">Requests that wait.</param>
/// <param name="QueueCapacity">Requests that may wait.</param>
/// <param name="ActiveSequences">Texts that are being generated.</param>
/// <param name="MaxConcurrentSequences">Texts that may be generated at once.</param>
public sealed record GenerationServiceStatus(int QueueLength, int QueueCapacity, int ActiveSequences, int MaxConcurrentSequences);
