namespace Cs336.Training;

/// <summary>
/// Warm-up, a plateau, then a straight descent (Hu et al., 2024): unlike with <see cref="WarmupCosineSchedule"/> a run can be
/// lengthened from any checkpoint of the plateau.
/// <code>
/// t &lt; T_w          α = α_max · t / T_w
/// T_w ≤ t ≤ T_d    α = α_max
/// T_d ≤ t ≤ T_e    α = α_max + (α_min - α_max) (t - T_d) / (T_e - T_d)
/// t > T_e          α = α_min
/// </code>
/// </summary>
public sealed class WarmupStableDecaySchedule : ILrSchedule
{
    private readonly double _maxLearningRate;
    private readonly double _minLearningRate;
    private readonly long _warmupSteps;
    private readonly long _decayStart;
    private readonly long _decayEnd;

    /// <summary>Makes the schedule.</summary>
    /// <param name="maxLearningRate">α_max, reached at the end of the warm-up.</param>
    /// <param name="minLearningRate">α_min, kept after the descent; from 0 to α_max.</param>
    /// <param name="warmupSteps">T_w; 0 for none.</param>
    /// <param name="decayStart">T_d, the step at which the descent begins; at least T_w.</param>
    /// <param name="decayEnd">T_e, the step at which it ends; at least T_d.</param>
    /// <exception cref="ArgumentException">The numbers do not fit together; the message lists every problem.</exception>
    public WarmupStableDecaySchedule(double maxLearningRate, double minLearningRate, long warmupSteps, long decayStart, long decayEnd)
    {
        List<string> problems = LearningRate.FindProblems(maxLearningRate, minLearningRate, warmupSteps);
        if (decayStart < warmupSteps)
            problems.Add($"The descent begins at step {decayStart}, before the warm-up of {warmupSteps} steps has ended: raise the one or "
                + "lower the other.");
        if (decayEnd < decayStart) problems.Add($"The descent ends at step {decayEnd}, before it begins at {decayStart}.");
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        _maxLearningRate = maxLearningRate;
        _minLearningRate = minLearningRate;
        _warmupSteps = warmupSteps;
        _decayStart = decayStart;
        _decayEnd = decayEnd;
    }

    /// <inheritdoc/>
    public double GetLearningRate(long step)
    {
        if (step < _warmupSteps) return _maxLearningRate * step / _warmupSteps;
        if (step <= _decayStart) return _maxLearningRate;
        if (step >= _decayEnd) return _minLearningRate;
        return _maxLearningRate + ((_minLearningRate - _maxLearningRate) * (step - _decayStart) / (_decayEnd - _decayStart));
    }
}
