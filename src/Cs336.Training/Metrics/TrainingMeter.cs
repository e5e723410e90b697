using System.Diagnostics.Metrics;

namespace Cs336.Training;

/// <summary>What every trainer of the process tells listeners of <see cref="System.Diagnostics.Metrics"/>, such as OpenTelemetry.</summary>
/// <remarks>
/// Gauges <c>cs336.training.loss</c> (nats per token), <c>cs336.training.learning_rate</c>, <c>cs336.training.gradient_norm</c>,
/// <c>cs336.training.tokens_per_second</c> and <c>cs336.training.validation_loss</c>, the counter <c>cs336.training.tokens</c>, and the
/// histogram <c>cs336.training.step.duration</c> in seconds.
/// </remarks>
public static class TrainingMeter
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Cs336.Training";

    private static readonly Meter Meter = new(Name);
    private static readonly Gauge<double> Loss = Meter.CreateGauge<double>("cs336.training.loss", "nat", "Mean cross-entropy of the last step's batch per token");
    private static readonly Gauge<double> LearningRate = Meter.CreateGauge<double>("cs336.training.learning_rate", description: "Learning rate of the last step");
    private static readonly Gauge<double> GradientNorm = Meter.CreateGauge<double>("cs336.training.gradient_norm", description: "L2 norm of all gradients before clipping");
    private static readonly Gauge<double> TokensPerSecond = Meter.CreateGauge<double>("cs336.training.tokens_per_second", "{token}/s", "Speed of the last step");
    private static readonly Gauge<double> ValidationLoss = Meter.CreateGauge<double>("cs336.training.validation_loss", "nat", "Mean cross-entropy of the last validation per token");
    private static readonly Counter<long> Tokens = Meter.CreateCounter<long>("cs336.training.tokens", "{token}", "Tokens learnt from");
    private static readonly Histogram<double> StepDuration = Meter.CreateHistogram<double>("cs336.training.step.duration", "s", "Time of a training step");

    internal static void Record(TrainingMetrics metrics, int tokens, TimeSpan duration)
    {
        Loss.Record(metrics.Loss);
        LearningRate.Record(metrics.LearningRate);
        GradientNorm.Record(metrics.GradientNorm);
        TokensPerSecond.Record(metrics.TokensPerSecond);
        if (metrics.ValidationLoss is double loss) ValidationLoss.Record(loss);
        Tokens.Add(tokens);
        StepDuration.Record(duration.TotalSeconds);
    }
}
