using System.Globalization;

namespace Cs336.Training;

/// <summary>Tells metrics as lines of text: every so many steps, and at each validation.</summary>
/// <param name="every">Steps between lines; at least 1.</param>
/// <param name="output">Where to; null for the console's standard output.</param>
public sealed class ConsoleMetricSink(long every = 100, TextWriter? output = null) : IMetricSink
{
    private readonly long _every = every >= 1 ? every : throw new ArgumentOutOfRangeException(nameof(every), every,
        "There must be at least 1 step between lines.");
    private readonly TextWriter _output = output ?? Console.Out;

    /// <inheritdoc/>
    public void Begin(long step)
    {
        if (step > 0) _output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"going on from step {step}"));
    }

    /// <inheritdoc/>
    public void Write(TrainingMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        if (metrics.Step % _every != 0 && metrics.ValidationLoss is null) return;
        string bits = metrics.ValidationBitsPerByte is double value
            ? string.Create(CultureInfo.InvariantCulture, $" ({value:f3} bits/byte)") : "";
        string validation = metrics.ValidationLoss is double loss
            ? string.Create(CultureInfo.InvariantCulture, $"  validation {loss:f4}{bits}") : "";
        _output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"step {metrics.Step}  loss {metrics.Loss:f4}{validation}  lr {metrics.LearningRate:0.00e-0}  gradient "
                + $"{metrics.GradientNorm:f3}  {metrics.TokensPerSecond:n0} tokens/s{(metrics.Skipped ? "  skipped" : "")}"));
    }
}
