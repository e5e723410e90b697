using System.Globalization;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>Shows how a training goes: the loss smoothed, the last validation, the speed.</summary>
/// <param name="display">What shows it.</param>
/// <param name="totalSteps">Steps of the run.</param>
/// <param name="maxMinutes">The time that it may take; null for any.</param>
internal sealed class TrainingDisplay(IWorkDisplay display, long totalSteps, double? maxMinutes = null) : IProgress<TrainingMetrics>
{
    private const double Smoothing = 0.9;
    private double _loss = double.NaN;
    private double _tokensPerSecond = double.NaN;
    private string _validation = "";

    public void Report(TrainingMetrics value)
    {
        _loss = Smooth(_loss, value.Loss);
        _tokensPerSecond = Smooth(_tokensPerSecond, value.TokensPerSecond);
        string inBits = value.ValidationBitsPerByte is double bits ? $" ({Units.Number(bits, "0.000")} bits/byte)" : "";
        if (value.ValidationLoss is double loss) _validation = $"  validation {Units.Number(loss, "0.000")}{inBits}";
        string details = string.Create(CultureInfo.InvariantCulture,
            $"step {value.Step}/{totalSteps}  loss {_loss:0.000}{_validation}  lr {value.LearningRate:0.0e-0}  "
                + $"{_tokensPerSecond:N0} tokens/s");
        double ofTime = maxMinutes is double minutes ? Math.Min(1, value.Elapsed.TotalMinutes / minutes) : 0;
        display.Report(Math.Max((double)value.Step / totalSteps, ofTime), details, milestone: value.ValidationLoss is not null);
    }

    private static double Smooth(double average, double value) =>
        double.IsNaN(average) ? value : (Smoothing * average) + ((1 - Smoothing) * value);
}
