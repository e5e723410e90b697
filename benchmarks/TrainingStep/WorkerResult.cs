using System.Text.Json.Serialization;

namespace Cs336.Benchmarks.TrainingStep;

/// <summary>What one process measured of itself: each step, and the most memory that it had resident.</summary>
internal sealed record WorkerResult(IReadOnlyList<StepTime> Steps, long PeakBytes, string? Version = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WorkerResult))]
internal sealed partial class WorkerJson : JsonSerializerContext;
