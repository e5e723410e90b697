using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cs336.Training;

/// <summary>A line of <c>metrics.jsonl</c>, a member per key.</summary>
internal sealed record MetricsLine
{
    public required long Step { get; init; }
    public required double? Loss { get; init; }
    public required double? LearningRate { get; init; }
    public required double? GradientNorm { get; init; }
    public required long TokensSeen { get; init; }
    public required double? TokensPerSecond { get; init; }

    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan? ElapsedSeconds { get; init; }

    public double? ValidationLoss { get; init; }
    public double? ValidationBitsPerByte { get; init; }
    public int? BatchSize { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Skipped { get; init; }

    /// <summary>Whether something in the line is null, as it is no finite number: what was not measured is not there at all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NotFinite { get; init; }

    /// <summary>What older versions wrote instead of <see cref="ElapsedSeconds"/>, such as <c>"00:00:01.23"</c>.</summary>
    public TimeSpan? Elapsed { get; init; }

    public static MetricsLine Of(TrainingMetrics metrics) => new()
    {
        Step = metrics.Step,
        Loss = metrics.Loss,
        LearningRate = metrics.LearningRate,
        GradientNorm = metrics.GradientNorm,
        TokensSeen = metrics.TokensSeen,
        TokensPerSecond = metrics.TokensPerSecond,
        ElapsedSeconds = metrics.Elapsed,
        ValidationLoss = metrics.ValidationLoss,
        ValidationBitsPerByte = metrics.ValidationBitsPerByte,
        BatchSize = metrics.BatchSize,
        Skipped = metrics.Skipped,
        NotFinite = !(double.IsFinite(metrics.Loss) && double.IsFinite(metrics.LearningRate) && double.IsFinite(metrics.GradientNorm)
            && double.IsFinite(metrics.TokensPerSecond)
            && double.IsFinite(metrics.ValidationLoss ?? 0) && double.IsFinite(metrics.ValidationBitsPerByte ?? 0)),
    };

    /// <exception cref="JsonException">The line does not tell the time.</exception>
    public TrainingMetrics ToMetrics() => new()
    {
        Step = Step,
        Loss = Loss!.Value,
        LearningRate = LearningRate!.Value,
        GradientNorm = GradientNorm!.Value,
        TokensSeen = TokensSeen,
        TokensPerSecond = TokensPerSecond!.Value,
        Elapsed = ElapsedSeconds ?? Elapsed ?? throw new JsonException("It has no elapsed_seconds."),
        ValidationLoss = ValidationLoss,
        ValidationBitsPerByte = ValidationBitsPerByte,
        BatchSize = BatchSize,
        Skipped = Skipped,
    };
}
