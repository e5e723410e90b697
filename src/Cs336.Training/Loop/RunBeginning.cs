using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>
/// Where a run begins: at step 0, or at the newest checkpoint that is whole. It begins at step 0 only in an empty store: the checkpoints of
/// another run are neither mixed with its own nor removed as old ones.
/// </summary>
internal sealed class RunBeginning(TransformerLM model, IOptimizer optimizer, ILrSchedule schedule, TrainingData data, LiveOptions options,
    RunState run, BatchReader batches, RunClock clock, IRankGroup ranks, SharedRun shared, RunCheckpoints? checkpoints,
    Lazy<RunIdentity> identity, WeightAverage? average)
{
    private bool _hasBegun;

    /// <summary>A warning of the steps that are lost where a run without a checkpoint begins anew; gives null for none.</summary>
    public Func<string?>? FindLostSteps { get; set; }

    /// <summary>Begins a run that no checkpoint is to go on with, unless it has begun.</summary>
    /// <exception cref="InvalidOperationException">The store already holds a run.</exception>
    public void BeginOnce()
    {
        if (_hasBegun) return;
        ranks.OnFirst(() =>
        {
            if (checkpoints?.List() is [.., long newest])
                throw new InvalidOperationException($"The checkpoint store already holds a run, up to step {newest}: call Resume to go on "
                    + "with it, or begin the new one in another folder.");
        });
        if (run.Current.Step == 0) average?.Begin();
        shared.Share();
        _hasBegun = true;
    }

    /// <inheritdoc cref="Trainer.Resume"/>
    public ResumeResult Resume()
    {
        if (checkpoints is null) throw new InvalidOperationException("The trainer has no checkpoint store to resume from: give it one.");
        List<string> warnings = [];
        ranks.OnFirst(() => Restore(checkpoints, warnings));
        shared.Share();
        _hasBegun = true;
        return new ResumeResult(run.Current.Step, warnings);
    }

    /// <summary>Takes over the newest whole checkpoint, if there is one.</summary>
    private void Restore(RunCheckpoints saved, List<string> warnings)
    {
        if (saved.FindNewest(warnings) is SavedRun newest)
        {
            TakeOver(newest, warnings);
            saved.TakeNote(run.Current.Step, run.Current, clock.Elapsed);
        }
        else if (warnings.Count > 0)
        {
            throw new InvalidDataException($"No checkpoint is whole. {string.Join(" ", warnings)}");
        }
        else if (run.Current.Step == 0)
        {
            average?.Begin();
            if (FindLostSteps?.Invoke() is string warning) warnings.Add(warning);
        }
        run.RequireWhole(saved.SavedStep);
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
