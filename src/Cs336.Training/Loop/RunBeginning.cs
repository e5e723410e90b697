using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>
/// Where a run begins: at step 0, or at the newest checkpoint that is whole. Until it has begun the one way or the other, what the store
/// holds is not known to be its own.
/// </summary>
internal sealed class RunBeginning(TransformerLM model, IOptimizer optimizer, ILrSchedule schedule, TrainingData data, LiveOptions options,
    RunState run, BatchReader batches, RunClock clock, IRankGroup ranks, SharedRun shared, RunCheckpoints? checkpoints,
    Lazy<RunIdentity> identity, WeightAverage? average)
{
    private bool _hasBegun;

    /// <summary>What to warn of where there is no checkpoint and the run begins anew; gives null for nothing.</summary>
    public Func<string?>? FindStepsToBeginAnew { get; set; }

    /// <summary>Begins a run that no checkpoint is to go on with, unless it has begun.</summary>
    /// <exception cref="InvalidOperationException">The store already holds a run.</exception>
    public void BeginOnce()
    {
        if (_hasBegun) return;
        ranks.FromFirst(() => checkpoints?.List() is [.., long newest]
            ? throw new InvalidOperationException($"The checkpoint store already holds a run, up to step {newest}: call Resume to go on "
                + "with it, or begin the new one in another folder.")
            : []);
        if (run.Current.Step == 0) average?.Begin();
        shared.Share();
        _hasBegun = true;
    }

    /// <inheritdoc cref="Trainer.Resume"/>
    public ResumeResult Resume()
    {
        if (checkpoints is null) throw new InvalidOperationException("The trainer has no checkpoint store to resume from: give it one.");
        List<string> warnings = [];
        if (ranks.IsFirst()) ranks.FromFirst(() => Restore(checkpoints, warnings));
        else ranks.FromFirst(() => []);
        shared.Share();
        _hasBegun = true;
        return new ResumeResult(run.Current.Step, warnings);
    }

    /// <summary>Takes over the newest whole checkpoint, if there is one.</summary>
    private byte[] Restore(RunCheckpoints store, List<string> warnings)
    {
        if (store.FindNewest(warnings) is SavedRun newest)
        {
            TakeOver(newest, warnings);
            store.Restored(run.Current.Step, run.Current, clock.Elapsed);
        }
        else if (warnings.Count > 0)
        {
            throw new InvalidDataException($"No checkpoint is whole. {string.Join(" ", warnings)}");
        }
        else if (run.Current.Step == 0)
        {
            average?.Begin();
            if (FindStepsToBeginAnew?.Invoke() is string warning) warnings.Add(warning);
        }
        run.RequireWhole(store.SavedStep);
        return [];
    }

    private void TakeOver(SavedRun newest, List<string> warnings)
    {
        ResumeChecks checks = new(newest, model, optimizer, data, options.Current);
        if (checks.FindProblems() is { Count: > 0 } problems)
            throw new InvalidDataException(string.Join(Environment.NewLine, problems));
        warnings.AddRange(checks.FindChanges(identity.Value, schedule));
        try
        {
            batches.State = newest.State.Sampler;
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"{newest.Name}: {exception.Message}", exception);
        }
        run.Restore(newest, checks.IsValidatedOtherwise(identity.Value) ? newest.State with { Validations = default } : newest.State);
        clock.SetTo(TimeSpan.FromSeconds(newest.State.ElapsedSeconds));
    }
}
