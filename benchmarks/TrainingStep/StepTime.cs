namespace Cs336.Benchmarks.TrainingStep;

/// <summary>One step's seconds, by phase, and its loss before the update.</summary>
internal sealed record StepTime(double ForwardBackward, double Clip, double Optimizer, double Loss)
{
    public double Total => ForwardBackward + Clip + Optimizer;
}
