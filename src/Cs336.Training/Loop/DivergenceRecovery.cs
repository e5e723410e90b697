namespace Cs336.Training;

/// <summary>Does what the options say about a step that diverged.</summary>
internal sealed class DivergenceRecovery(DivergenceJudge judge, RunState run, BatchReader batches, RunCheckpoints? checkpoints,
    Observers observers, RunClock clock, SharedRun shared, IRankGroup ranks)
{
    /// <summary>Skips the step, whose update is then left out, or rolls the run back.</summary>
    /// <param name="problem">What was found, as a clause.</param>
    /// <param name="learningRate">α of the step.</param>
    /// <param name="options">What the run is asked.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="TrainingDivergedException">The run is to stop, or has recovered too often.</exception>
    public DivergenceAction Recover(string problem, double learningRate, TrainerOptions options)
    {
        (long step, DivergenceAction action) = (run.Current.Step, options.OnDivergence);
        string reason = $"At step {step} {problem}: the training has diverged.",
            advice = $"Lower the learning rate (it is {learningRate}) or lengthen the warm-up.";
        if (action == DivergenceAction.Stop) throw new TrainingDivergedException($"{reason} {advice}") { IsOfAllRanks = true };
        if (judge.Reject(step) > options.MaxRecoveries)
            throw new TrainingDivergedException($"{reason} It has done so {options.MaxRecoveries + 1} times in a row (on_divergence is "
                + $"{(action == DivergenceAction.Skip ? "skip" : "roll_back")}, max_recoveries {options.MaxRecoveries}). {advice}")
            {
                IsOfAllRanks = true,
            };
        if (action == DivergenceAction.RollBack) RollBack(checkpoints!, options);
        observers.Diverged(new DivergenceEvent(step, reason, action, action == DivergenceAction.RollBack ? run.Current.Step : step + 1));
        return action;
    }

    private void RollBack(RunCheckpoints checkpoints, TrainerOptions options)
    {
        if (ranks.IsFirst())
        {
            checkpoints.Wait();
            List<string> warnings = [];
            SavedRun newest = checkpoints.FindNewest(warnings) ?? throw new InvalidDataException(
                $"There is no whole checkpoint to go back to. {string.Join(" ", warnings)}");
            JudgeState judged = newest.State.Judge with { LastBadStep = judge.State.LastBadStep, Recoveries = judge.State.Recoveries };
            run.Restore(newest, newest.State with { Sampler = batches.State, Judge = judged }); // on with the batches after the bad one
        }
        shared.Share();
        checkpoints.TakeNote(run.Current.Step, null, clock.Elapsed);
        observers.Begin(run.Current.Step);
        checkpoints.Save(run.Current, clock.Elapsed, options); // so that a run resumed from here also leaves the bad batch out
    }
}
