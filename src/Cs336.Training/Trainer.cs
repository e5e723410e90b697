using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Cs336.Inference;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Trains a model: draw a batch, forward, loss, backward, clip, optimizer step; now and then validate and save a checkpoint.
/// The same seed, model and data give the same weights, and a resumed run goes on exactly as if it had never stopped.
/// </summary>
public sealed class Trainer
{
    private const string ModelPart = "model.safetensors";
    private const string OptimizerPart = "optimizer.safetensors";
    private const string ConfigPart = "config.json";
    private const string StatePart = "trainer.json";

    private readonly TransformerLM _model;
    private readonly IOptimizer _optimizer;
    private readonly ILrSchedule _schedule;
    private readonly TrainerOptions _options;
    private readonly VerifiedCheckpoints? _checkpoints;
    private readonly IMetricSink? _metrics;
    private readonly IReadOnlyList<NamedParameter> _parameters;
    private readonly RandomWindowSampler _sampler;
    private readonly Evaluator? _evaluator;
    private readonly int _tokensPerStep;
    private readonly Device _device;

    private long _step;
    private long _savedStep = -1;
    private TimeSpan _elapsed;
    private Evaluation? _lastEvaluation;

    /// <summary>Prepares a run; nothing is read or written yet. All parts stay their owners'.</summary>
    /// <param name="model">What to train.</param>
    /// <param name="optimizer">How its parameters change.</param>
    /// <param name="schedule">How fast.</param>
    /// <param name="data">What it learns from.</param>
    /// <param name="options">Steps, batch size and so on; null for the defaults.</param>
    /// <param name="checkpoints">Where progress is kept; null for nowhere.</param>
    /// <param name="metrics">Where metrics are kept; null for nowhere.</param>
    /// <exception cref="ArgumentException">Options, model and data do not fit together; the message lists every problem.</exception>
    public Trainer(
        TransformerLM model,
        IOptimizer optimizer,
        ILrSchedule schedule,
        TrainingData data,
        TrainerOptions? options = null,
        ICheckpointStore? checkpoints = null,
        IMetricSink? metrics = null)
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
        int length = _options.WindowLength ?? model.ContextLength;
        CheckTogether(model, data, _options, length);
        _parameters = NamedParameter.Of(model);
        _device = _parameters[0].Parameter.device;
        _tokensPerStep = _options.BatchSize * length;
        _sampler = new RandomWindowSampler(data.Training, _options.BatchSize, length, model.VocabSize, _options.Seed, _device);
        _evaluator = data.Validation is null ? null
            : new Evaluator(data.Validation, _options.BatchSize, length, _options.EvaluationTokens, data.TokenByteLengths);
    }

    /// <summary>Number of steps done.</summary>
    public long Step => _step;

    /// <summary>
    /// Restores the newest checkpoint that is whole, so that <see cref="Run"/> goes on from it; without any, a new run begins at step 0.
    /// </summary>
    /// <returns>Where the run goes on, and which damaged checkpoints were passed over.</returns>
    /// <exception cref="InvalidOperationException">The trainer has no checkpoint store.</exception>
    /// <exception cref="InvalidDataException">There are checkpoints, but all are damaged; or the newest whole one is of another model or optimizer.</exception>
    public ResumeResult Resume()
    {
        if (_checkpoints is null) throw new InvalidOperationException("The trainer has no checkpoint store to resume from: give it one.");
        List<string> warnings = [];
        foreach (long step in _checkpoints.List().Reverse())
        {
            if (_checkpoints.FindDamage(step, [ModelPart, OptimizerPart, ConfigPart, StatePart]) is string damage)
            {
                warnings.Add($"The checkpoint of step {step} is not used: {damage}.");
                continue;
            }
            Restore(step);
            return new ResumeResult(step, warnings);
        }
        if (warnings.Count > 0) throw new InvalidDataException($"No checkpoint is whole. {string.Join(" ", warnings)}");
        return new ResumeResult(0, []);
    }

    /// <summary>
    /// Trains on a thread of its own until all steps are done or it is cancelled.
    /// </summary>
    /// <remarks>
    /// libtorch's OpenMP keeps worker threads for each thread that computes, and lets them sleep at once when there are more
    /// of them than cores, which costs about a third of the speed. A program that has nothing else to do is faster with
    /// <see cref="Run"/> on the thread that made the model.
    /// </remarks>
    /// <param name="progress">Told the metrics after each step, on the training thread.</param>
    /// <param name="cancellationToken">Ends the training after the step under way; a checkpoint is saved first.</param>
    /// <returns>Why it ended and how good the model is; cancellation is an outcome, not an exception.</returns>
    /// <exception cref="TrainingDivergedException">The loss or the gradient is not finite.</exception>
    /// <exception cref="InvalidDataException">The data holds an id outside the model's vocabulary.</exception>
    /// <exception cref="InvalidOperationException">The checkpoint store already holds a run and <see cref="Resume"/> was not called.</exception>
    public Task<TrainingResult> RunAsync(IProgress<TrainingMetrics>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Factory.StartNew(() => Run(progress, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Trains on the calling thread until all steps are done or it is cancelled.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public TrainingResult Run(IProgress<TrainingMetrics>? progress = null, CancellationToken cancellationToken = default)
    {
        if (_step == 0 && _checkpoints?.List() is [.., long newest])
            throw new InvalidOperationException($"The checkpoint store already holds a run, up to step {newest}: call Resume to go on with it, or begin the new one in another folder.");
        _metrics?.Begin(_step);
        Stopwatch sitting = Stopwatch.StartNew();
        TimeSpan before = _elapsed;
        while (_step < _options.MaxSteps && !cancellationToken.IsCancellationRequested)
        {
            long began = Stopwatch.GetTimestamp();
            double learningRate = _schedule.GetLearningRate(_step);
            (double loss, double gradientNorm) = TrainStep(learningRate);
            _step++;
            double tokensPerSecond = _tokensPerStep / Stopwatch.GetElapsedTime(began).TotalSeconds;

            Evaluation? evaluation = IsDue(_options.EvaluateEvery) ? _evaluator?.Evaluate(_model, _device) : null;
            _lastEvaluation = evaluation ?? _lastEvaluation;
            _elapsed = before + sitting.Elapsed;
            Report(progress, loss, learningRate, gradientNorm, tokensPerSecond, evaluation);
            if (IsDue(_options.CheckpointEvery)) SaveCheckpoint();
        }
        if (_savedStep != _step) SaveCheckpoint();
        return new TrainingResult(_step >= _options.MaxSteps ? TrainingOutcome.Completed : TrainingOutcome.Cancelled, _step, _lastEvaluation);
    }

    private (double Loss, double GradientNorm) TrainStep(double learningRate)
    {
        using DisposeScope scope = NewDisposeScope();
        TokenBatch batch = _sampler.Next();
        _optimizer.ZeroGrad();
        double value = LanguageModelLoss.Backward(_model, batch, _options.Loss);
        double gradientNorm = Gradients.ClipByGlobalNorm(_parameters, _options.MaxGradientNorm);
        if (!double.IsFinite(value) || !double.IsFinite(gradientNorm))
            throw new TrainingDivergedException($"At step {_step} the loss is {value} and the gradient norm {gradientNorm}: the training has diverged. Lower the learning rate (it is {learningRate}) or lengthen the warm-up.");
        _optimizer.Step(learningRate);
        return (value, gradientNorm);
    }

    private bool IsDue(long every) => _step % every == 0 || _step == _options.MaxSteps;

    private void Report(IProgress<TrainingMetrics>? progress, double loss, double learningRate, double gradientNorm, double tokensPerSecond, Evaluation? evaluation)
    {
        TrainingMetrics metrics = new()
        {
            Step = _step,
            Loss = loss,
            LearningRate = learningRate,
            GradientNorm = gradientNorm,
            TokensSeen = _step * _tokensPerStep,
            TokensPerSecond = tokensPerSecond,
            Elapsed = _elapsed,
            ValidationLoss = evaluation?.Loss,
            ValidationBitsPerByte = evaluation?.BitsPerByte,
        };
        _metrics?.Write(metrics);
        progress?.Report(metrics);
    }

    private void SaveCheckpoint()
    {
        if (_checkpoints is null) return;
        TrainerState state = new(_step, _step * _tokensPerStep, _elapsed.TotalSeconds, _sampler.State, _lastEvaluation);
        _checkpoints.Save(_step,
        [
            new CheckpointPart(ModelPart, stream => TransformerWeights.Save(_model, stream)),
            new CheckpointPart(OptimizerPart, stream => NamedTensors.Save(_optimizer.State, stream)),
            new CheckpointPart(ConfigPart, stream => stream.Write(Encoding.UTF8.GetBytes(_model.Config.ToJson()))),
            new CheckpointPart(StatePart, stream => JsonSerializer.Serialize(stream, state, TrainingJson.Default.TrainerState)),
        ]);
        _savedStep = _step;
        IReadOnlyList<long> steps = _checkpoints.List();
        foreach (long old in steps.Where(step => step < _step).SkipLast(_options.KeepCheckpoints - 1)) _checkpoints.Delete(old);
    }

    private void Restore(long step)
    {
        string name = $"The checkpoint of step {step}";
        using (Stream stream = _checkpoints!.OpenRead(step, ConfigPart))
        {
            TransformerConfig config = TransformerConfig.Parse(new StreamReader(stream).ReadToEnd());
            if (config != _model.Config)
                throw new InvalidDataException($"{name} is of another model: it has {Describe(config)}, but this run has {Describe(_model.Config)}. Resume with the same configuration, or begin anew in another folder.");
        }
        TrainerState state;
        using (Stream stream = _checkpoints.OpenRead(step, StatePart))
            state = JsonSerializer.Deserialize(stream, TrainingJson.Default.TrainerState) ?? throw new InvalidDataException($"{name}: {StatePart} is empty.");
        using (Stream stream = _checkpoints.OpenRead(step, OptimizerPart)) NamedTensors.Load(_optimizer.State, stream, $"{name}: {OptimizerPart}");
        using (Stream stream = _checkpoints.OpenRead(step, ModelPart)) TransformerWeights.Load(_model, stream, $"{name}: {ModelPart}");
        _sampler.State = state.SamplerState;
        _elapsed = TimeSpan.FromSeconds(state.ElapsedSeconds);
        _lastEvaluation = state.LastEvaluation;
        _step = _savedStep = state.Step;
    }

    private static string Describe(TransformerConfig config) => config.ToJson().ReplaceLineEndings(" ");

    private static void CheckTogether(TransformerLM model, TrainingData data, TrainerOptions options, int length)
    {
        List<string> problems = [.. options.FindProblems()];
        if (length > model.ContextLength) problems.Add($"window_length is {length}, but the model's context_length is {model.ContextLength}.");
        foreach (TokenDataset? dataset in (TokenDataset?[])[data.Training, data.Validation])
            if (dataset is not null && dataset.Length <= length)
                problems.Add($"{dataset.Path} has {dataset.Length} tokens in this part, but a window of {length} and the token after it need {length + 1L}: use a shorter context or more text.");
        if (data.TokenByteLengths is not null && data.TokenByteLengths.Count != model.VocabSize)
            problems.Add($"The byte lengths are of {data.TokenByteLengths.Count} tokens, but the model's vocab_size is {model.VocabSize}: use the tokenizer that made the data.");
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
    }
}
