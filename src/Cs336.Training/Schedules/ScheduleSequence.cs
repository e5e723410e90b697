namespace Cs336.Training;

/// <summary>
/// Schedules one after the other, each counting its steps from 0; the last goes on for ever. For instance a warm-up, a
/// plateau, and a second annealing on other data.
/// </summary>
public sealed class ScheduleSequence : ILrSchedule
{
    private readonly (long End, ILrSchedule Schedule)[] _phases;
    private readonly ILrSchedule _last;

    /// <summary>Makes the schedule.</summary>
    /// <param name="phases">The schedules before the last, with the number of steps of each, at least 1.</param>
    /// <param name="last">The one that follows them.</param>
    /// <exception cref="ArgumentException">A phase has no steps; the message lists every such phase.</exception>
    public ScheduleSequence(IReadOnlyList<(ILrSchedule Schedule, long Steps)> phases, ILrSchedule last)
    {
        ArgumentNullException.ThrowIfNull(phases);
        ArgumentNullException.ThrowIfNull(last);
        List<string> problems = [];
        _phases = new (long, ILrSchedule)[phases.Count];
        long end = 0;
        for (int i = 0; i < _phases.Length; i++)
        {
            (ILrSchedule schedule, long steps) = phases[i];
            if (schedule is null) problems.Add($"Phase {i} has no schedule.");
            if (steps < 1) problems.Add($"Phase {i} has {steps} steps, but must have at least 1.");
            else if (steps > long.MaxValue - end) problems.Add($"Phase {i} ends after more than {long.MaxValue} steps.");
            else _phases[i] = (end += steps, schedule!);
        }
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        _last = last;
    }

    /// <inheritdoc/>
    public double GetLearningRate(long step)
    {
        long start = 0;
        foreach ((long end, ILrSchedule schedule) in _phases)
        {
            if (step < end) return schedule.GetLearningRate(step - start);
            start = end;
        }
        return _last.GetLearningRate(step - start);
    }
}
