namespace Cs336.Training;

/// <summary>A run's options, some of which it takes over from another thread between two steps.</summary>
internal sealed class LiveOptions(TrainerOptions options)
{
    private readonly Lock _lock = new();
    private TrainerOptions? _next;

    /// <summary>Those that hold.</summary>
    // A copy, so that nobody changes it under way.
    public TrainerOptions Current { get; private set; } = options with { Loss = options.Loss with { } };

    /// <summary>Takes note of others, to be taken over as far as they can be.</summary>
    public OptionsUpdate Update(TrainerOptions asked)
    {
        lock (_lock)
        {
            TrainerOptions before = _next ?? Current;
            _next = Merge(before, asked);
            return new OptionsUpdate([.. OptionChange.Between(before, _next).Select(change => change.Key)],
                [.. OptionChange.Between(_next, asked).Select(change => change.Key)]);
        }
    }

    /// <summary>Takes over what was asked; false where nothing was.</summary>
    public bool TakeOver()
    {
        lock (_lock)
        {
            if (_next is null) return false;
            (Current, _next) = (_next, null);
            return true;
        }
    }

    /// <summary>Options with those of others that can be taken over.</summary>
    private static TrainerOptions Merge(TrainerOptions current, TrainerOptions asked) => current with
    {
        MaxMinutes = asked.MaxMinutes,
        EvaluateEvery = asked.EvaluateEvery,
        EvaluationTokens = asked.EvaluationTokens,
        Patience = asked.Patience,
        MinImprovement = asked.MinImprovement,
        CheckpointEvery = asked.CheckpointEvery,
        CheckpointEveryMinutes = asked.CheckpointEveryMinutes,
        KeepCheckpoints = asked.KeepCheckpoints,
        KeepBest = asked.KeepBest,
        CheckpointInBackground = asked.CheckpointInBackground,
        OnDivergence = asked.OnDivergence,
        MaxLossSpike = asked.MaxLossSpike,
        MaxLossRise = asked.MaxLossRise,
        MaxRecoveries = asked.MaxRecoveries,
        OnObserverFailure = asked.OnObserverFailure,
    };
}
