using System.Diagnostics.Metrics;

namespace Cs336.Training;

/// <summary>What every trainer of the process tells listeners of <see cref="System.Diagnostics.Metrics"/>, such as OpenTelemetry.</summary>
/// <remarks>
/// Gauges <c>cs336.training.loss</c> (nats per token), <c>cs336.training.learning_rate</c>, <c>cs336.training.gradient_norm</c>,
/// <c>cs336.training.tokens_per_second</c> and <c>cs336.training.validation_loss</c>, the counter <c>cs336.training.tokens</c>, and the
/// histogram <c>cs336.training.step.duration</c> in seconds. Measurements of a trainer with a <see cref="Trainer.Name"/> have it as
/// the tag <c>cs336.name</c>, so that those of several are told apart.
/// </remarks>
public static class TrainingMeter
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Cs336.Training";

    // In seconds: from a tiny model's step to one with its validation and its checkpoint.
    private static readonly double[] StepBounds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120];

    private static readonly Meter Meter = new(Name);
    private static readonly Gauge<double> Loss = Meter.CreateGauge<double>("cs336.training.loss", "nat",
        "Mean cross-entropy of the last step's batch per token");
    private static readonly Gauge<double> LearningRate = Meter.CreateGauge<double>("cs336.training.learning_rate",
        description: "Learning rate of the last step");
    private static readonly Gauge<double> GradientNorm = Meter.CreateGauge<double>("cs336.training.gradient_norm",
        description: "L2 norm of all gradients before clipping");
    private static readonly Gauge<double> TokensPerSecond = Meter.CreateGauge<double>("cs336.training.tokens_per_second", "{token}/s",
        "Speed of the last step");
    private static readonly Gauge<double> ValidationLoss = Meter.CreateGauge<double>("cs336.training.validation_loss", "nat",
        "Mean cross-entropy of the last validation per token");
    private static readonly Counter<long> Tokens = Meter.CreateCounter<long>("cs336.training.tokens", "{token}", "Tokens learnt from");
    private static readonly Histogram<double> StepDuration = Meter.CreateHistogram(
        "cs336.training.step.duration", "s", "Time of a training step", tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = StepBounds });

    /// <summary>The tags of a trainer's measurements: none where it has no name.</summary>
    internal static KeyValuePair<string, object?>[] TagsOf(string? name) => name is null ? [] : [new("cs336.name", name)];

    internal static void Record(TrainingMetrics metrics, long tokens, TimeSpan duration, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Loss.Record(metrics.Loss, tags);
        LearningRate.Record(metrics.LearningRate, tags);
        GradientNorm.Record(metrics.GradientNorm, tags);
        TokensPerSecond.Record(metrics.TokensPerSecond, tags);
        if (metrics.ValidationLoss is double loss) ValidationLoss.Record(loss, tags);
        Tokens.Add(tokens, tags);
        StepDuration.Record(duration.TotalSeconds, tags);
    }
}
