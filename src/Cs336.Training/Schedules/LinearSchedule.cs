namespace Cs336.Training;

/// <summary>
/// A straight line from one learning rate to another, then that one for ever; a phase for <see cref="ScheduleSequence"/>:
/// <code>
/// t &lt; T    α = α_0 + (α_T - α_0) t / T
/// t ≥ T    α = α_T
/// </code>
/// </summary>
public sealed class LinearSchedule : ILrSchedule
{
    private readonly double _first;
    private readonly double _last;
    private readonly long _steps;

    /// <summary>Makes the schedule.</summary>
    /// <param name="first">α_0, of step 0; finite and not negative.</param>
    /// <param name="last">α_T, from step T on; finite and not negative.</param>
    /// <param name="steps">T, at least 0.</param>
    /// <exception cref="ArgumentException">The numbers are not sound; the message lists every problem.</exception>
    public LinearSchedule(double first, double last, long steps)
    {
        List<string> problems = [];
        if (!double.IsFinite(first) || first < 0)
            problems.Add($"The first learning rate is {first}, but must be a finite number of at least 0.");
        if (!double.IsFinite(last) || last < 0)
            problems.Add($"The last learning rate is {last}, but must be a finite number of at least 0.");
        if (steps < 0) problems.Add($"The line has {steps} steps, but cannot have fewer than 0.");
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        _first = first;
        _last = last;
        _steps = steps;
    }

    /// <inheritdoc/>
    public double GetLearningRate(long step) => step < _steps ? _first + ((_last - _first) * step / _steps) : _last;
}
