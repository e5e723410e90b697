using System.Diagnostics;
using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>
/// The loop of a <see cref="Trainer"/>: step, validation, telling observers, checkpoint; where it fails, it saves the last good state.
/// </summary>
internal sealed class TrainingLoop
{
    private readonly TransformerLM _model;
    private readonly ILrSchedule _schedule;
    private readonly TrainingData _data;
    private readonly LiveOptions _options;
    private readonly RunState _run;
    private readonly TrainingStep _step;
    private readonly DivergenceJudge _judge;
    private readonly DivergenceRecovery _recovery;
    private readonly RunCheckpoints? _checkpoints;
    private readonly Observers _observers;
    private readonly RunClock _clock;
    private readonly IRankGroup _ranks;
    private readonly WeightAverage? _average;
    private readonly TimeBudget _time;
    private Evaluator? _evaluator;

    public TrainingLoop(
        TransformerLM model, ILrSchedule schedule, TrainingData data, LiveOptions options, RunState run, TrainingStep step,
        DivergenceJudge judge, DivergenceRecovery recovery, RunCheckpoints? checkpoints, Observers observers, RunClock clock,
        IRankGroup ranks, WeightAverage? average)
    {
        (_model, _schedule, _data, _options, _run, _step) = (model, schedule, data, options, run, step);
        (_judge, _recovery, _checkpoints, _observers, _clock) = (judge, recovery, checkpoints, observers, clock);
        (_ranks, _average, _time) = (ranks, average, new TimeBudget(clock, ranks));
        Apply(Options);
    }

    private TrainerOptions Options => _options.Current;

    private long TotalSteps => Options.TotalSteps(_model.ContextLength);

    /// <summary>Tokens of a step.</summary>
    private long TokensOf(long step) =>
        Options.TokensPerStep(_model.ContextLength) / Options.BatchSize * Options.BatchSizeOf(step);

    /// <summary>Takes steps until the run is over, and saves the last.</summary>
    public TrainingResult Run(CancellationToken cancellationToken)
    {
        TrainingOutcome outcome = TakeSteps(cancellationToken);
        if (_checkpoints is not null)
        {
            if (!_checkpoints.Hold(_run.Current)) Save();
            _checkpoints.Wait();
            TellOfCheckpoints();
        }
        TrainerState end = _run.Current;
        return new TrainingResult(outcome, end.Step, end.LastEvaluation) { Best = end.Best, SkippedSteps = end.SkippedSteps,
            Warnings = _observers.Warnings };
    }

    /// <summary>Where the loop failed: takes back what the step under way has begun, and saves what is good.</summary>
    /// <returns>What there is to go on from, in a sentence or two; null where nothing was learnt yet, or there is no store.</returns>
    public string? LeaveLastGood()
    {
        _observers.IsFailing = true;
        try
        {
            byte[] torchRandom = _run.TakeBack();
            string? left = _checkpoints?.LeaveLastGood(_run.Current, torchRandom, _clock.Elapsed, Options, _run.IsWhole);
            TellOfCheckpoints();
            if (left is not null) _observers.Warn(left);
            return left;
        }
        catch (Exception exception) // it must not hide the exception that ended the run
        {
            _observers.Warn($"The last good state could not be saved: {exception.Message}");
            return null;
        }
    }

    private TrainingOutcome TakeSteps(CancellationToken cancellationToken)
    {
        _observers.Begin(_run.Current.Step);
        if (_run.Current.Untold is not null) CompleteStep();
        while (true)
        {
            if (_options.TakeOver()) Apply(Options);
            if (Options.OnDivergence == DivergenceAction.RollBack && _checkpoints!.IsEmpty) Save();
            if (FindEnd(cancellationToken) is TrainingOutcome end) return end;
            TakeStep(cancellationToken);
        }
    }

    private TrainingOutcome? FindEnd(CancellationToken cancellationToken)
    {
        if (_run.Current.Step >= TotalSteps) return TrainingOutcome.Completed;
        if (_run.Current.EvaluationsSinceBest >= Options.Patience) return TrainingOutcome.EarlyStopped;
        if (_time.IsUsedUp) return TrainingOutcome.OutOfTime;
        (TimeSpan elapsed, bool isCancelled) = Agree(cancellationToken);
        if (elapsed.TotalMinutes >= Options.MaxMinutes) return TrainingOutcome.OutOfTime;
        return isCancelled ? TrainingOutcome.Cancelled : null;
    }

    /// <summary>The time passed on rank 0, and whether any rank is cancelled: the same for all, so that they end together.</summary>
    private (TimeSpan Elapsed, bool IsCancelled) Agree(CancellationToken cancellationToken)
    {
        (TimeSpan elapsed, bool isCancelled) = (_clock.Elapsed, cancellationToken.IsCancellationRequested);
        if (_ranks.Size == 1) return (elapsed, isCancelled);
        double[] all = _ranks.Gather([elapsed.TotalSeconds, isCancelled ? 1 : 0]);
        return (TimeSpan.FromSeconds(all[0]), all.Where((_, i) => i % 2 == 1).Any(value => value != 0));
    }

    private void TakeStep(CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp(), tokens = TokensOf(_run.Current.Step);
        _run.BeginStep();
        TrainerState before = _run.Current;
        double learningRate = _schedule.GetLearningRate(_time.Begin(before.Step, TotalSteps, Options));
        LearningRate.Check(learningRate);
        if (_step.ComputeGradients(before.Step, cancellationToken) is not (double loss, double gradientNorm))
        {
            _run.TakeBack();
            return;
        }
        string? problem = _judge.Judge(loss, gradientNorm) is string found ? found + _step.Where : null;
        if (problem is null)
        {
            _run.BeginUpdate();
            _step.Update(gradientNorm, learningRate);
            _average?.Update(before.Step);
            _judge.Accept(loss, before.Step);
        }
        else if (_recovery.Recover(problem, learningRate, Options) == DivergenceAction.RollBack)
        {
            return;
        }
        TrainingMetrics metrics = new()
        {
            Step = before.Step + 1,
            Loss = loss,
            LearningRate = learningRate,
            GradientNorm = gradientNorm,
            TokensSeen = before.TokensSeen + tokens,
            TokensPerSecond = tokens / Stopwatch.GetElapsedTime(began).TotalSeconds,
            Elapsed = _clock.Elapsed,
            Skipped = problem is not null,
            BatchSize = Options.Ramp is null ? null : Options.BatchSizeOf(before.Step),
        };
        _run.EndStep(before with
        {
            Step = metrics.Step,
            TokensSeen = metrics.TokensSeen,
            SkippedSteps = before.SkippedSteps + (metrics.Skipped ? 1 : 0),
            LearningRate = learningRate,
            Untold = metrics,
        });
        CompleteStep();
    }

    /// <summary>What follows a step: its validation, telling observers, its checkpoint.</summary>
    private void CompleteStep()
    {
        TrainingMetrics metrics = _run.Current.Untold!;
        _time.End(Options);
        bool isLast = metrics.Step == TotalSteps || _time.IsUsedUp;
        Evaluation? evaluation = isLast || metrics.Step % Options.EvaluateEvery == 0 ? Evaluate() : null;
        ValidationHistory validations = _run.Current.Validations;
        if (evaluation is Evaluation measured) validations = validations.With(metrics.Step, measured, Options.MinImprovement);
        _run.Current = _run.Current with { Validations = validations, Untold = null };
        metrics = metrics with { Elapsed = _clock.Elapsed, ValidationLoss = evaluation?.Loss,
            ValidationBitsPerByte = evaluation?.BitsPerByte };
        _observers.StepDone(metrics, evaluation, TokensOf(metrics.Step - 1), _clock);
        bool isBest = evaluation is not null && validations.SinceBest == 0;
        if (_checkpoints is not null && IsCheckpointDue(_checkpoints, metrics.Step, isLast, isBest)) Save();
        TellOfCheckpoints();
    }

    private Evaluation? Evaluate()
    {
        if (_evaluator is not Evaluator evaluator) return null;
        return _time.Validate(() => _average is null ? evaluator.Evaluate(_model, _step.Device, _ranks)
            : _average.Measure(() => evaluator.Evaluate(_model, _step.Device, _ranks)));
    }

    private bool IsCheckpointDue(RunCheckpoints checkpoints, long step, bool isLast, bool isBest)
    {
        bool isDue = checkpoints.IsDue(step, isLast, isBest, _clock.Elapsed, Options);
        // The clocks of ranks differ, so that all go by that of rank 0; the rest is the same on every rank.
        return Options.CheckpointEveryMinutes is null ? isDue : _ranks.OfFirst(isDue ? 1 : 0) != 0;
    }

    private void Save() => _checkpoints?.Save(_run.Current, _clock.Elapsed, Options);

    private void TellOfCheckpoints()
    {
        if (_checkpoints is null) return;
        if (_checkpoints.TakeWritten() is long step) _observers.CheckpointWritten(step);
        foreach (string warning in _checkpoints.TakeWarnings()) _observers.Warn(warning);
    }

    private void Apply(TrainerOptions options)
    {
        (_judge.MaxLossSpike, _judge.MaxLossRise, _observers.OnFailure) =
            (options.MaxLossSpike, options.MaxLossRise, options.OnObserverFailure);
        _evaluator = _data.Validation is null ? null
            : new Evaluator(_data.Validation, options.BatchSize, options.WindowLength ?? _model.ContextLength, options.EvaluationTokens,
                _data.TokenByteLengths);
    }
}
