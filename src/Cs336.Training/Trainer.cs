using System.Diagnostics;
using Cs336.Inference;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Trains a model: draw a batch, forward, loss, backward, clip, optimizer step; now and then validate and save a checkpoint.
/// The same seed, model and data give the same weights, and a resumed run goes on exactly as if it had never stopped.
/// </summary>
/// <remarks>For one thread at a time.</remarks>
public sealed class Trainer
{
    private readonly TransformerLM _model;
    private readonly IOptimizer _optimizer;
    private readonly ILrSchedule _schedule;
    private readonly TrainerOptions _options;
    private readonly VerifiedCheckpoints? _checkpoints;
    private readonly IMetricSink? _metrics;
    private readonly IReadOnlyList<ITrainingCallback> _callbacks;
    private readonly BatchReader _batches;
    private readonly TrainingStep _trainingStep;
    private readonly DivergenceGuard _guard;
    private readonly Evaluator? _evaluator;
    private readonly Device _device;
    private readonly long _tokensPerStep;
    private readonly Stopwatch _sitting = new();

    private KeyValuePair<string, object?>[] _tags = [];
    private CheckpointWriter? _writer;
    private bool _ownsStore;
    private long _step;
    private long _tokensSeen;
    private long? _savedStep;
    private TimeSpan _elapsedBefore;
    private TimeSpan _savedAt;
    private Evaluation? _lastEvaluation;
    private BestEvaluation? _best;
    private int _evaluationsSinceBest;

    /// <summary>Prepares a run; nothing is read or written yet. All parts stay their owners'.</summary>
    /// <param name="model">What to train.</param>
    /// <param name="optimizer">How its parameters change.</param>
    /// <param name="schedule">How fast.</param>
    /// <param name="data">What it learns from.</param>
    /// <param name="options">Steps, batch size and so on; null for the defaults.</param>
    /// <param name="checkpoints">Where progress is kept; null for nowhere.</param>
    /// <param name="metrics">Where metrics are kept; null for nowhere.</param>
    /// <param name="callbacks">Who is told what happens, in this order; null for nobody.</param>
    /// <exception cref="ArgumentException">Options, model and data do not fit together; the message lists every problem.</exception>
    public Trainer(
        TransformerLM model,
        IOptimizer optimizer,
        ILrSchedule schedule,
        TrainingData data,
        TrainerOptions? options = null,
        ICheckpointStore? checkpoints = null,
        IMetricSink? metrics = null,
        IReadOnlyList<ITrainingCallback>? callbacks = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(data);
        _model = model;
        _optimizer = optimizer;
        _schedule = schedule;
        _options = options is null ? new TrainerOptions() : options with { Loss = options.Loss with { } }; // a copy, so that nobody changes it under way
        _checkpoints = checkpoints is null ? null : new VerifiedCheckpoints(checkpoints);
        _metrics = metrics;
        _callbacks = callbacks ?? [];
        IReadOnlyList<string> problems = FindProblems(model.Config, data, _options, hasStore: checkpoints is not null);
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        int length = _options.WindowLength ?? model.ContextLength;
        IReadOnlyList<NamedParameter> parameters = NamedParameter.Of(model);
        _device = parameters[0].Parameter.device;
        _tokensPerStep = _options.TokensPerStep(model.ContextLength);
        IWindowSampler sampler = _options.Sampling == WindowSampling.Epochs
            ? new EpochSampler(data.Training, length, _options.Seed) : new RandomWindowSampler(data.Training, length, _options.Seed);
        _batches = new BatchReader(data.Training, sampler, _options.BatchSize, length, model.VocabSize, _options.ReadAhead);
        _trainingStep = new TrainingStep(model, optimizer, parameters, _batches, _options);
        _guard = new DivergenceGuard(_options.MaxLossSpike);
        _evaluator = data.Validation is null ? null
            : new Evaluator(data.Validation, _options.BatchSize, length, _options.EvaluationTokens, data.TokenByteLengths);
    }

    /// <summary>What measurements call the trainer, where a process has several; see <see cref="TrainingMeter"/>. Default null: nothing.</summary>
    public string? Name
    {
        get;
        init => _tags = TrainingMeter.TagsOf(field = value);
    }

    /// <summary>Number of steps done.</summary>
    public long Step => _step;

    /// <summary>Number of steps of the whole run, as <see cref="TrainerOptions.MaxSteps"/> and <see cref="TrainerOptions.MaxTokens"/> say.</summary>
    public long TotalSteps => _options.TotalSteps(_model.ContextLength);

    /// <summary>
    /// Restores the newest checkpoint that is whole, so that <see cref="Run"/> goes on from it; without any, a new run begins at step 0.
    /// </summary>
    /// <returns>Where the run goes on, which damaged checkpoints were passed over, and what is not as the run was begun.</returns>
    /// <exception cref="InvalidOperationException">The trainer has no checkpoint store.</exception>
    /// <exception cref="InvalidDataException">There are checkpoints, but all are damaged; or the newest whole one is of another model, optimizer or kind of data.</exception>
    public ResumeResult Resume()
    {
        if (_checkpoints is null) throw new InvalidOperationException("The trainer has no checkpoint store to resume from: give it one.");
        List<string> warnings = [];
        if (_checkpoints.FindNewest(warnings) is CheckpointManifest newest)
        {
            TrainerState state = CheckpointRestorer.Restore(_checkpoints, newest, _model, _optimizer);
            warnings.AddRange(CheckpointRestorer.FindChanges(state, _options));
            try
            {
                GoBackTo(state, state.Sampler);
            }
            catch (ArgumentException exception)
            {
                throw new InvalidDataException($"The checkpoint of step {newest.Step}: {exception.Message}", exception);
            }
            _elapsedBefore = _savedAt = TimeSpan.FromSeconds(state.ElapsedSeconds);
            _sitting.Reset();
        }
        else if (warnings.Count > 0)
        {
            throw new InvalidDataException($"No checkpoint is whole. {string.Join(" ", warnings)}");
        }
        _ownsStore = true;
        return new ResumeResult(_step, warnings);
    }

    /// <summary>
    /// Trains on a thread of its own until all steps are done or it is cancelled.
    /// </summary>
    /// <remarks>
    /// libtorch's OpenMP keeps worker threads for each thread that computes, and lets them sleep at once when there are more
    /// of them than cores, which costs about a third of the speed. A program that has nothing else to do is faster with
    /// <see cref="Run"/> on the thread that made the model.
    /// </remarks>
    /// <param name="progress">Told the metrics after each step, on the training thread. It may wait, which pauses the run: that time counts as none.</param>
    /// <param name="cancellationToken">Ends the training after the step under way; a checkpoint is saved first. A later call goes on.</param>
    /// <returns>Why it ended and how good the model is; cancellation is an outcome, not an exception.</returns>
    /// <exception cref="TrainingDivergedException">The training diverged, and <see cref="TrainerOptions.OnDivergence"/> says to stop or recovered too often.</exception>
    /// <exception cref="InvalidDataException">The data holds an id outside the model's vocabulary.</exception>
    /// <exception cref="InvalidOperationException">The checkpoint store already holds a run and <see cref="Resume"/> was not called.</exception>
    /// <exception cref="IOException">A checkpoint or a metric cannot be written; checkpoints written before are untouched.</exception>
    public Task<TrainingResult> RunAsync(IProgress<TrainingMetrics>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Factory.StartNew(() => Run(progress, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Trains on the calling thread until all steps are done or it is cancelled.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public TrainingResult Run(IProgress<TrainingMetrics>? progress = null, CancellationToken cancellationToken = default)
    {
        if (!_ownsStore && _checkpoints?.List() is [.., long newest])
            throw new InvalidOperationException($"The checkpoint store already holds a run, up to step {newest}: call Resume to go on with it, or begin the new one in another folder.");
        _ownsStore = true;
        if (_checkpoints is not null) _writer = new CheckpointWriter(_checkpoints, _model, _optimizer, _options);
        _model.Precision = _options.Precision ?? _model.Precision;
        _sitting.Start();
        try
        {
            Begin();
            if (_options.OnDivergence == DivergenceAction.RollBack && _savedStep is null) SaveCheckpoint();
            TrainingOutcome outcome;
            while (true)
            {
                if (FindEnd(cancellationToken) is TrainingOutcome end)
                {
                    outcome = end;
                    break;
                }
                TakeStep(progress);
            }
            if (_savedStep != _step) SaveCheckpoint();
            _writer?.Finish();
            TellOfCheckpoint();
            return new TrainingResult(outcome, _step, _lastEvaluation) { Best = _best };
        }
        finally
        {
            _sitting.Stop();
            _batches.StopReadingAhead();
            _writer?.Dispose();
            _writer = null;
        }
    }

    /// <summary>What keeps model, data and options from going together, one sentence each.</summary>
    internal static IReadOnlyList<string> FindProblems(TransformerConfig model, TrainingData data, TrainerOptions options, bool hasStore)
    {
        List<string> problems = [.. options.FindProblems()];
        int length = options.WindowLength ?? model.ContextLength;
        if (length > model.ContextLength) problems.Add($"window_length is {length}, but the model's context_length is {model.ContextLength}.");
        foreach (TokenDataset? dataset in (TokenDataset?[])[.. data.Training.Parts, data.Validation])
            if (dataset is not null && WindowChecks.FindProblem(dataset, length) is string problem) problems.Add(problem);
        if (data.TokenByteLengths is not null && data.TokenByteLengths.Count != model.VocabSize)
            problems.Add($"The byte lengths are of {data.TokenByteLengths.Count} tokens, but the model's vocab_size is {model.VocabSize}: use the tokenizer that made the data.");
        if (options.Patience is not null && data.Validation is null)
            problems.Add($"patience is {options.Patience}, but there is no validation data to tell by: give some, or leave it out.");
        if (options.OnDivergence == DivergenceAction.RollBack && !hasStore)
            problems.Add("on_divergence is roll_back, but there is no checkpoint store to go back to: give one, or choose skip.");
        return problems;
    }

    private void Begin()
    {
        _metrics?.Begin(_step);
        foreach (ITrainingCallback callback in _callbacks) callback.OnBegin(_step);
    }

    private TrainingOutcome? FindEnd(CancellationToken cancellationToken)
    {
        if (_step >= TotalSteps) return TrainingOutcome.Completed;
        if (_evaluationsSinceBest >= _options.Patience) return TrainingOutcome.EarlyStopped;
        if (Elapsed.TotalMinutes >= _options.MaxMinutes) return TrainingOutcome.OutOfTime;
        return cancellationToken.IsCancellationRequested ? TrainingOutcome.Cancelled : null;
    }

    private TimeSpan Elapsed => _elapsedBefore + _sitting.Elapsed;

    private void TakeStep(IProgress<TrainingMetrics>? progress)
    {
        long began = Stopwatch.GetTimestamp();
        double learningRate = _schedule.GetLearningRate(_step);
        (double loss, double gradientNorm) = _trainingStep.ComputeGradients();
        string? problem = _guard.Judge(loss, gradientNorm);
        if (problem is null)
        {
            _trainingStep.Update(gradientNorm, learningRate);
            _guard.Accept(loss, _step);
        }
        else if (Recover(problem, learningRate) == DivergenceAction.RollBack)
        {
            return;
        }
        _step++;
        _tokensSeen += _tokensPerStep;
        TimeSpan duration = Stopwatch.GetElapsedTime(began);

        Evaluation? evaluation = IsDue(_options.EvaluateEvery) ? _evaluator?.Evaluate(_model, _device) : null;
        bool isBest = evaluation is Evaluation measured && IsBest(measured);
        TrainingMetrics metrics = new()
        {
            Step = _step,
            Loss = loss,
            LearningRate = learningRate,
            GradientNorm = gradientNorm,
            TokensSeen = _tokensSeen,
            TokensPerSecond = _tokensPerStep / duration.TotalSeconds,
            Elapsed = Elapsed,
            ValidationLoss = evaluation?.Loss,
            ValidationBitsPerByte = evaluation?.BitsPerByte,
            Skipped = problem is not null,
        };
        Tell(metrics, evaluation, duration, progress);
        if (IsDue(_options.CheckpointEvery) || (isBest && _options.KeepBest) || (Elapsed - _savedAt).TotalMinutes >= _options.CheckpointEveryMinutes) SaveCheckpoint();
        TellOfCheckpoint();
    }

    private bool IsDue(long every) => _step % every == 0 || _step == TotalSteps;

    private bool IsBest(Evaluation evaluation)
    {
        _lastEvaluation = evaluation;
        bool better = _best is null ? double.IsFinite(evaluation.Loss) : evaluation.Loss < _best.Loss - _options.MinImprovement;
        if (better) _best = new BestEvaluation(_step, evaluation.Loss);
        _evaluationsSinceBest = better ? 0 : _evaluationsSinceBest + 1;
        return better;
    }

    private void Tell(TrainingMetrics metrics, Evaluation? evaluation, TimeSpan duration, IProgress<TrainingMetrics>? progress)
    {
        _metrics?.Write(metrics);
        TrainingMeter.Record(metrics, _tokensPerStep, duration, _tags);
        foreach (ITrainingCallback callback in _callbacks)
        {
            callback.OnStep(metrics);
            if (evaluation is Evaluation measured) callback.OnEvaluation(_step, measured);
        }
        _sitting.Stop(); // whoever is told may pause the run
        progress?.Report(metrics);
        _sitting.Start();
    }

    private void TellOfCheckpoint()
    {
        if (_writer?.TakeWritten() is not long step) return;
        foreach (ITrainingCallback callback in _callbacks) callback.OnCheckpoint(step);
    }

    /// <summary>Does what the options say about a step that diverged.</summary>
    private DivergenceAction Recover(string problem, double learningRate)
    {
        long step = _step;
        string reason = $"At step {step} {problem}: the training has diverged.";
        if (_options.OnDivergence == DivergenceAction.Stop)
            throw new TrainingDivergedException($"{reason} Lower the learning rate (it is {learningRate}) or lengthen the warm-up.");
        if (_guard.Reject(step) > _options.MaxRecoveries)
            throw new TrainingDivergedException($"{reason} It has done so {_options.MaxRecoveries + 1} times in a row (on_divergence is {(_options.OnDivergence == DivergenceAction.Skip ? "skip" : "roll_back")}, max_recoveries {_options.MaxRecoveries}). Lower the learning rate (it is {learningRate}) or lengthen the warm-up.");
        if (_options.OnDivergence == DivergenceAction.RollBack) RollBack();
        DivergenceEvent divergence = new(step, reason, _options.OnDivergence, _options.OnDivergence == DivergenceAction.RollBack ? _step : step + 1);
        foreach (ITrainingCallback callback in _callbacks) callback.OnDivergence(divergence);
        return _options.OnDivergence;
    }

    private void RollBack()
    {
        _writer!.Finish();
        List<string> warnings = [];
        CheckpointManifest newest = _checkpoints!.FindNewest(warnings) ?? throw new InvalidDataException($"There is no whole checkpoint to go back to. {string.Join(" ", warnings)}");
        SamplerState afterTheBadBatch = _batches.State;
        GuardState guard = _guard.State;
        TimeSpan elapsed = Elapsed;
        TrainerState state = CheckpointRestorer.Restore(_checkpoints, newest, _model, _optimizer);
        GoBackTo(state, afterTheBadBatch);
        _guard.State = state.Guard with { LastBadStep = guard.LastBadStep, Recoveries = guard.Recoveries };
        _savedAt = elapsed;
        Begin();
        SaveCheckpoint(); // so that a run resumed from here also leaves the bad batch out
    }

    private void GoBackTo(TrainerState state, SamplerState sampler)
    {
        _batches.State = sampler;
        _guard.State = state.Guard;
        _lastEvaluation = state.LastEvaluation;
        _best = state.Best;
        _evaluationsSinceBest = state.EvaluationsSinceBest;
        _tokensSeen = state.TokensSeen;
        _savedStep = _step = state.Step;
    }

    private void SaveCheckpoint()
    {
        if (_writer is null) return;
        _writer.Save(new TrainerState
        {
            Step = _step,
            TokensSeen = _tokensSeen,
            ElapsedSeconds = Elapsed.TotalSeconds,
            Sampler = _batches.State,
            LastEvaluation = _lastEvaluation,
            Best = _best,
            EvaluationsSinceBest = _evaluationsSinceBest,
            Guard = _guard.State,
            Options = _options,
            Processor = ComputePlan.ProcessorKind,
        });
        _savedStep = _step;
        _savedAt = Elapsed;
    }
}
