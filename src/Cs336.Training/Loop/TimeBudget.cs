namespace Cs336.Training;

/// <summary>
/// Lets a run's schedule go by its time too: <see cref="TrainerOptions.ScheduleByTime"/>. It sets aside the time that one more step and the
/// last validation will take, judged by those before, so that the run ends within its time. All ranks go by the clock of rank 0.
/// </summary>
internal sealed class TimeBudget(RunClock clock, IRankGroup ranks)
{
    private TimeSpan _stepTime; // of the last step
    private TimeSpan _validationTime; // of the longest validation
    private TimeSpan? _stepBegan;

    /// <summary>Whether there is no time for another step.</summary>
    public bool IsUsedUp { get; private set; }

    /// <summary>A step begins.</summary>
    /// <param name="step">Number of steps done.</param>
    /// <param name="totalSteps">Number of steps of the whole run.</param>
    /// <returns>
    /// The step that its learning rate is of: its own, or the one that is as far in the whole run as the time is in the budget, whichever
    /// is later.
    /// </returns>
    public long Begin(long step, long totalSteps, TrainerOptions options)
    {
        if (!options.ScheduleByTime || options.MaxMinutes is not double minutes) return step;
        _stepBegan = clock.Elapsed;
        double end = minutes - (_stepTime + _validationTime).TotalMinutes;
        double used = end > _stepBegan.Value.TotalMinutes ? _stepBegan.Value.TotalMinutes / end : 1;
        return (long)ranks.OfFirst(Math.Max(step, Math.Floor(used * totalSteps)));
    }

    /// <summary>The step's update is done.</summary>
    public void End(TrainerOptions options)
    {
        IsUsedUp = false;
        if (!options.ScheduleByTime || options.MaxMinutes is not double minutes) return;
        TimeSpan now = clock.Elapsed;
        _stepTime = now - (_stepBegan ?? now);
        IsUsedUp = ranks.OfFirst((now + _stepTime + _validationTime).TotalMinutes > minutes ? 1 : 0) != 0;
    }

    /// <summary>Validates, and measures how long that takes.</summary>
    public T Validate<T>(Func<T> validate)
    {
        TimeSpan before = clock.Elapsed;
        T result = validate();
        TimeSpan taken = clock.Elapsed - before;
        if (taken > _validationTime) _validationTime = taken;
        return result;
    }
}
