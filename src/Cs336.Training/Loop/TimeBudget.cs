namespace Cs336.Training;

/// <summary>
/// A run whose schedule goes by its time too: <see cref="TrainerOptions.ScheduleByTime"/>. Of the time it keeps what another step and the
/// last validation will take, as far as those before tell, so that the run is over when the time is. Ranks go by the first one's clock.
/// </summary>
internal sealed class TimeBudget(RunClock clock, IRankGroup ranks)
{
    private TimeSpan _step; // what the last one took
    private TimeSpan _validation; // what the longest took
    private TimeSpan? _began;

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
        _began = clock.Elapsed;
        double end = minutes - (_step + _validation).TotalMinutes;
        double used = end > _began.Value.TotalMinutes ? _began.Value.TotalMinutes / end : 1;
        return (long)ranks.OfFirst(Math.Max(step, Math.Floor(used * totalSteps)));
    }

    /// <summary>The step's update is done.</summary>
    public void End(TrainerOptions options)
    {
        IsUsedUp = false;
        if (!options.ScheduleByTime || options.MaxMinutes is not double minutes) return;
        TimeSpan now = clock.Elapsed;
        _step = now - (_began ?? now);
        IsUsedUp = ranks.OfFirst((now + _step + _validation).TotalMinutes > minutes ? 1 : 0) != 0;
    }

    /// <summary>Takes the time of a validation.</summary>
    public T Validate<T>(Func<T> validate)
    {
        TimeSpan before = clock.Elapsed;
        T result = validate();
        TimeSpan taken = clock.Elapsed - before;
        if (taken > _validation) _validation = taken;
        return result;
    }
}
