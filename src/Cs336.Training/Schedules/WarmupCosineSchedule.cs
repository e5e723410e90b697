namespace Cs336.Training;

/// <summary>
/// Linear warm-up, then cosine annealing (Loshchilov and Hutter, 2017), as Stanford's CS336 defines it:
/// <code>
/// t &lt; T_w          α = α_max · t / T_w
/// T_w ≤ t ≤ T_c    α = α_min + ½ (1 + cos(π (t - T_w) / (T_c - T_w))) (α_max - α_min)
/// t > T_c          α = α_min
/// </code>
/// </summary>
public sealed class WarmupCosineSchedule : ILrSchedule
{
    private readonly double _maxLearningRate;
    private readonly double _minLearningRate;
    private readonly long _warmupSteps;
    private readonly long _cosineSteps;

    /// <summary>Makes the schedule.</summary>
    /// <param name="maxLearningRate">α_max, reached at the end of the warm-up.</param>
    /// <param name="minLearningRate">α_min, kept after the annealing; from 0 to α_max.</param>
    /// <param name="warmupSteps">T_w; 0 for none.</param>
    /// <param name="cosineSteps">T_c, the step at which the annealing ends; at least T_w.</param>
    /// <exception cref="ArgumentException">The numbers do not fit together; the message lists every problem.</exception>
    public WarmupCosineSchedule(double maxLearningRate, double minLearningRate, long warmupSteps, long cosineSteps)
    {
        List<string> problems = LearningRate.FindProblems(maxLearningRate, minLearningRate, warmupSteps);
        if (cosineSteps < warmupSteps)
            problems.Add($"The annealing ends at step {cosineSteps}, before the warm-up of {warmupSteps} steps: raise the one or "
                + "lower the other.");
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        _maxLearningRate = maxLearningRate;
        _minLearningRate = minLearningRate;
        _warmupSteps = warmupSteps;
        _cosineSteps = cosineSteps;
    }

    /// <inheritdoc/>
    public double GetLearningRate(long step)
    {
        if (step < _warmupSteps) return _maxLearningRate * step / _warmupSteps;
        if (step > _cosineSteps) return _minLearningRate;
        if (_cosineSteps == _warmupSteps) return _maxLearningRate;
        double progress = (double)(step - _warmupSteps) / (_cosineSteps - _warmupSteps);
        return _minLearningRate + 0.5 * (1 + Math.Cos(Math.PI * progress)) * (_maxLearningRate - _minLearningRate);
    }
}
