using System.Globalization;
using Cs336.Training;

namespace QuickStart;

/// <summary>
/// Shows how the training goes: one line that is rewritten in place on a terminal; elsewhere a line at each validation.
/// </summary>
internal sealed class TrainingDisplay(long totalSteps, long firstStep) : IProgress<TrainingMetrics>, IDisposable
{
    private const double Smoothing = 0.9;
    private readonly bool _live = !Console.IsOutputRedirected;
    private readonly long _began = Environment.TickCount64;
    private double _loss = double.NaN;
    private double _tokensPerSecond = double.NaN;
    private double? _validationLoss;
    private double? _bitsPerByte;
    private int _lineLength;

    public void Report(TrainingMetrics metrics)
    {
        _loss = Smooth(_loss, metrics.Loss);
        _tokensPerSecond = Smooth(_tokensPerSecond, metrics.TokensPerSecond);
        _validationLoss = metrics.ValidationLoss ?? _validationLoss;
        _bitsPerByte = metrics.ValidationBitsPerByte ?? _bitsPerByte;
        if (!_live && metrics.ValidationLoss is null) return;

        TimeSpan spent = TimeSpan.FromMilliseconds(Environment.TickCount64 - _began);
        TimeSpan left = spent * ((double)(totalSteps - metrics.Step) / (metrics.Step - firstStep));
        string validation = _validationLoss is null ? "" : $"  validation {_validationLoss:f3}";
        if (_bitsPerByte is not null) validation += $" ({_bitsPerByte:f3} bits/byte)";
        string line = string.Create(CultureInfo.InvariantCulture,
            $"step {metrics.Step}/{totalSteps}  loss {_loss:f3}{validation}  lr {metrics.LearningRate:0.0e-0}  {_tokensPerSecond:n0} "
                + $"tokens/s  {left:m\\:ss} left");
        if (_live) Console.Write('\r' + line.PadRight(_lineLength));
        else Console.WriteLine(line);
        _lineLength = line.Length;
    }

    public void Dispose()
    {
        if (_live && _lineLength > 0) Console.WriteLine();
    }

    private static double Smooth(double average, double value) =>
        double.IsNaN(average) ? value : Smoothing * average + (1 - Smoothing) * value;
}
