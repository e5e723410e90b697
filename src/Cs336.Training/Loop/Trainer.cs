using System.Text.Json;
using System.Text.Json.Nodes;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Trains a model: draw a batch, forward, loss, backward, clip, optimizer step; now and then validate and save a checkpoint.
/// The same seed, model and data give the same weights, and a resumed run goes on exactly as if it had never stopped.
/// </summary>
/// <remarks>For one thread at a time, except <see cref="Update"/> and <see cref="SavedStep"/>, which any thread may use.</remarks>
public sealed class Trainer
{
    private readonly TransformerLM _model;
    private readonly IOptimizer _optimizer;
    private readonly TrainingData _data;
    private readonly LiveOptions _options;
    private readonly RunCheckpoints? _checkpoints;
    private readonly Observers _observers;
    private readonly BatchReader _batches;
    private readonly RunState _run;
    private readonly TrainingLoop _loop;
    private readonly RunClock _clock;
    private readonly IRankGroup _ranks;
    private readonly RunBeginning _beginning;
    private readonly WeightAverage? _average;

    /// <summary>Prepares a run; nothing is read or written yet. All parts stay their owners'.</summary>
    /// <param name="model">What to train.</param>
    /// <param name="optimizer">How its parameters change.</param>
    /// <param name="schedule">How fast they change: the learning rate of each step.</param>
    /// <param name="data">What it learns from.</param>
    /// <param name="options">Steps, batch size and so on; null for the defaults.</param>
    /// <param name="checkpoints">Where progress is kept; null for nowhere.</param>
    /// <param name="metrics">Where metrics are kept; null for nowhere.</param>
    /// <param name="callbacks">Who is told what happens, in this order; null for nobody.</param>
    /// <param name="ranks">
    /// The processes that train the model together, each with a trainer of the same options; null for this one alone. Rank 0 reads and
    /// writes checkpoints, and hands its state to the others.
    /// </param>
    /// <param name="time">What tells the time that the run has taken; null for the system.</param>
    /// <exception cref="ArgumentException">Options, model and data do not fit together; the message lists every problem.</exception>
    /// <exception cref="InsufficientMemoryException">There is no memory for the batches.</exception>
    public Trainer(
        TransformerLM model,
        IOptimizer optimizer,
        ILrSchedule schedule,
        TrainingData data,
        TrainerOptions? options = null,
        ICheckpointStore? checkpoints = null,
        IMetricSink? metrics = null,
        IReadOnlyList<ITrainingCallback>? callbacks = null,
        IRankGroup? ranks = null,
        TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(data);
        _model = model;
        _optimizer = optimizer;
        _data = data;
        _options = new LiveOptions(options ?? new TrainerOptions());
        TrainerOptions current = _options.Current;
        _ranks = ranks ?? SingleRank.Instance;
        _clock = new RunClock(time);
        Require([.. TrainerChecks.FindProblems(model.Config, data, current, hasStore: checkpoints is not null),
            .. _ranks.FindProblem(current) is string ofRanks ? [ofRanks] : Array.Empty<string>()]);
        IReadOnlyList<NamedParameter> parameters = NamedParameter.Of(model);
        Lazy<RunIdentity> identity = new(
            () => RunIdentity.Of(optimizer, data) with { Description = Description?.Deserialize(TrainerJson.Default.JsonElement) });
        _average = WeightAverage.Of(model, current);
        _checkpoints = checkpoints is null ? null
            : new RunCheckpoints(checkpoints, model, optimizer, parameters, identity, _ranks, _average);
        _observers = new Observers(metrics, callbacks ?? [], _average);
        _batches = TrainerParts.CreateBatches(model, data.Training, current, _ranks);
        DivergenceJudge judge = new();
        _run = new RunState(model, optimizer, _batches, judge, _average);
        SharedRun shared = new(_ranks, model, optimizer, _run, _clock, _checkpoints, identity, _average);
        _beginning = new RunBeginning(model, optimizer, schedule, data, _options, _run, _batches, _clock, _ranks, shared, _checkpoints,
            identity, _average);
        DivergenceRecovery recovery = new(judge, _run, _batches, _checkpoints, _observers, _clock, shared, _ranks);
        TrainingStep step = new(model, optimizer, parameters, _batches, current, _ranks);
        _loop = new TrainingLoop(model, schedule, data, _options, _run, step, judge, recovery, _checkpoints, _observers, _clock,
            _ranks, _average);
    }

    /// <summary>
    /// What measurements call the trainer, where a process has several; see <see cref="TrainingMeter"/>. Default null: nothing.
    /// </summary>
    public string? Name
    {
        get;
        init => _observers.Tags = TrainingMeter.TagsOf(field = value);
    }

    /// <summary>
    /// What else the run is made from, such as the optimizer's constants, as sections of keys: kept in each checkpoint, so that
    /// <see cref="Resume"/> tells each that is another. Default null: nothing.
    /// </summary>
    public JsonObject? Description { get; init; }

    /// <inheritdoc cref="RunBeginning.FindLostSteps"/>
    internal Func<string?>? FindLostSteps { init => _beginning.FindLostSteps = value; }

    /// <summary>Number of steps done.</summary>
    public long Step => _run.Current.Step;

    /// <summary>
    /// Number of steps of the whole run, as <see cref="TrainerOptions.MaxSteps"/> and <see cref="TrainerOptions.MaxTokens"/> say.
    /// </summary>
    public long TotalSteps => _options.Current.TotalSteps(_model.ContextLength);

    /// <summary>
    /// The step of the newest checkpoint that was saved or restored: what <see cref="Resume"/> goes on from. Null where there is
    /// none. From any thread.
    /// </summary>
    public long? SavedStep => _checkpoints?.SavedStep;

    /// <summary>
    /// The moving average of the weights under the names of the model's <c>state_dict</c>, as it is between two steps; null without
    /// <see cref="TrainerOptions.EmaDecay"/>. The model itself has the weights that are trained.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor>? AverageWeights => _average?.State;

    /// <summary>
    /// Restores the newest checkpoint that is whole, so that <see cref="Run"/> goes on from it; without any, a new run begins at step 0.
    /// </summary>
    /// <returns>
    /// Where the run goes on, which damaged checkpoints were passed over, what is not as when the run was saved, and how many steps are
    /// lost where its folder's metrics tell of some, but there is no checkpoint.
    /// </returns>
    /// <exception cref="InvalidOperationException">
    /// The trainer has no checkpoint store; or there is no checkpoint, and the model was left half changed.
    /// </exception>
    /// <exception cref="InvalidDataException">
    /// There are checkpoints, but all are damaged; or the newest whole one is not by a trainer, is of another model, optimizer or order
    /// of data, or further than the run is to go. The message lists every problem, and nothing was changed.
    /// </exception>
    public ResumeResult Resume() => _beginning.Resume();

    /// <summary>Trains on a thread of its own until all steps are done or it is cancelled.</summary>
    /// <remarks>
    /// libtorch's OpenMP keeps worker threads for each thread that computes, and lets them sleep at once when there are more
    /// of them than cores, which costs about a third of the speed. A program that has nothing else to do is faster with
    /// <see cref="Run"/> on the thread that made the model.
    /// </remarks>
    /// <param name="progress">
    /// Told the metrics after each step, on the training thread. It may wait, which pauses the run: the pause is no time of the
    /// run's.
    /// </param>
    /// <param name="cancellationToken">
    /// Ends the training after the batch under way, with a checkpoint of the last whole step. A later call goes on: where the step consists
    /// of several batches, those that were done come again.
    /// </param>
    /// <returns>Why it ended and how good the model is; cancellation is an outcome, not an exception.</returns>
    /// <exception cref="TrainingDivergedException">
    /// The training diverged, and <see cref="TrainerOptions.OnDivergence"/> says to stop or recovered too often. The message ends
    /// with the checkpoint that holds the last good state.
    /// </exception>
    /// <exception cref="InvalidDataException">The data holds an id outside the model's vocabulary.</exception>
    /// <exception cref="InvalidOperationException">
    /// The checkpoint store already holds a run and <see cref="Resume"/> was not called, or the model was left half changed.
    /// </exception>
    /// <exception cref="IOException">A checkpoint cannot be written; checkpoints written before are untouched.</exception>
    /// <exception cref="InsufficientMemoryException">There is no memory for a step; the message says what to lower.</exception>
    public Task<TrainingResult> RunAsync(IProgress<TrainingMetrics>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Factory.StartNew(() => Run(progress, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

    /// <summary>Trains on the calling thread until all steps are done or it is cancelled.</summary>
    /// <remarks>
    /// Whatever exception ends it, a checkpoint of the last whole step is saved first, so that the step under way is done again as if it
    /// had never been tried, and <see cref="ITrainingCallback.OnWarning"/> tells which. Only where the optimizer was changing the
    /// parameters there is nothing good to save, and the checkpoint before it stands.
    /// </remarks>
    /// <inheritdoc cref="RunAsync"/>
    public TrainingResult Run(IProgress<TrainingMetrics>? progress = null, CancellationToken cancellationToken = default)
    {
        _beginning.BeginOnce();
        _run.RequireWhole(SavedStep);
        _model.Precision = _options.Current.Precision ?? _model.Precision;
        _observers.BeginSitting(progress, cancellationToken);
        if (TrainerParts.FindMemoryWarning(_model, _optimizer, _options.Current) is string warning) _observers.Warn(warning);
        _clock.Start();
        try
        {
            return _loop.Run(cancellationToken);
        }
        catch (Exception exception)
        {
            string? left = exception is ReplicasDifferException ? null : _loop.LeaveLastGood();
            TellOtherRanks(exception);
            if (left is not null && exception is TrainingDivergedException)
                throw new TrainingDivergedException($"{exception.Message} {left}", exception);
            if (MemoryFailure.IsOne(exception))
                throw MemoryFailure.Of($"a step of batches of {_options.Current.BatchSize} windows",
                    "lower batch_size, and raise accumulation_steps for as many tokens per step", exception);
            throw;
        }
        finally
        {
            _clock.Stop();
            _batches.StopReadingAhead();
            _checkpoints?.Release();
        }
    }

    /// <summary>Where other ranks do not end by themselves, they end here; where they do, rank 0 saves first.</summary>
    private void TellOtherRanks(Exception exception)
    {
        if (_ranks.Size == 1) return;
        if (exception is TrainingDivergedException { IsOfAllRanks: true }) _ranks.Gather([0]);
        else _ranks.Abort(exception.Message);
    }

    /// <summary>
    /// Gives a run other options. Those that it can take over hold from the next step on, also of one that is under way; for the others a
    /// trainer has to be made anew. From any thread.
    /// </summary>
    /// <param name="options">All options; those that are as before change nothing.</param>
    /// <returns>Which options changed, by whether they hold.</returns>
    /// <exception cref="ArgumentException">
    /// They are not sound, or do not go with model and data; the message lists every problem, and nothing changes.
    /// </exception>
    /// <exception cref="InvalidOperationException">Several ranks train: they would take the options over at different steps.</exception>
    public OptionsUpdate Update(TrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (_ranks.Size > 1)
            throw new InvalidOperationException("A run of several ranks keeps its options: end it, and resume it with the new ones.");
        Require(TrainerChecks.FindProblems(_model.Config, _data, options, hasStore: _checkpoints is not null));
        return _options.Update(options);
    }

    private static void Require(IReadOnlyList<string> problems)
    {
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
    }
}
