using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Makes the parts of a run from its description, one method per part, so that every run has the same ones: <see cref="TrainingRun"/> for
/// programs without dependency injection, and hosts, which replace any of them. What is made is the caller's.
/// </summary>
public sealed class RunParts
{
    private readonly List<string> _problems = [];
    private readonly InitialModel? _initial; // where a run is to begin with one
    private readonly string? _tokenizerToKeep; // the initial model's, to be copied into the run's folder

    /// <summary>
    /// Reads the tokenizer and completes the description: see <see cref="RunConfig.Model"/>. Nothing else is read or written.
    /// </summary>
    /// <param name="config">What to do, with its folder; a copy is taken, in which paths are whole.</param>
    /// <param name="tokenizer">The tokenizer that made the data; null for the one that the section of the data names, if any.</param>
    /// <exception cref="ArgumentException">The description has no folder.</exception>
    public RunParts(RunConfig config, ITokenizer? tokenizer = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (string.IsNullOrWhiteSpace(config.Directory))
            throw new ArgumentException("The run has no folder: set its directory.", nameof(config));
        Directory = new RunDirectory(config.Directory);
        if (config.From is not null && (config.TakesShape || !Directory.HoldsRun))
        {
            _initial = RunChecks.TryOpenInitialModel(config, _problems);
            if (config.TakesShape && _initial is not null) config = config with { Model = ShapeOf(_initial, config.Model) };
            if (tokenizer is null && config.Data.Tokenizer is null && _initial?.Tokenizer is string kept)
                config = config with { Data = config.Data with { Tokenizer = _tokenizerToKeep = kept } };
        }
        Tokenizer = tokenizer ?? RunChecks.TryLoadTokenizer(config, _problems);
        bool hasTokenizer = tokenizer is not null || config.Data.Tokenizer is not null;
        _problems.InsertRange(0, config.FindProblems(hasTokenizer));
        if (_tokenizerToKeep is not null) config = config with { Data = config.Data with { Tokenizer = Directory.Tokenizer } };
        Config = config with
        {
            Directory = Directory.Path,
            From = string.IsNullOrWhiteSpace(config.From) || config.From.Contains(RunConfig.NullCharacter) ? config.From
                : Path.GetFullPath(config.From),
            Model = config.CompleteModel(Tokenizer?.VocabSize ?? 0),
            Optimizer = config.Optimizer with { },
            Training = config.Training with { Loss = config.Training.Loss with { } },
            Data = config.Data.WithPaths(Path.GetFullPath),
            Samples = config.Samples with { },
            Compute = config.Compute with { },
        };
    }

    /// <summary>The description, complete.</summary>
    public RunConfig Config { get; }

    /// <summary>Where the run keeps its files.</summary>
    public RunDirectory Directory { get; }

    /// <summary>The tokenizer that made the data; null where there is none.</summary>
    public ITokenizer? Tokenizer { get; }

    /// <summary>
    /// Everything that keeps the run from beginning or going on, one sentence each: of the description, the folder, the tokenizer,
    /// the files of the data and the newest checkpoint. Nothing is changed.
    /// </summary>
    /// <param name="isNew">
    /// Whether the run is to begin; false where it is to go on; null where it goes on if the folder holds a run, and begins otherwise.
    /// </param>
    public IReadOnlyList<string> FindProblems(bool? isNew = null) =>
        [.. _problems, .. RunChecks.FindProblems(this, isNew, isSound: _problems.Count == 0, _initial)];

    /// <summary>What keeps the description from being read here, one sentence each; the folder and the data are not looked at.</summary>
    internal IReadOnlyList<string> ReadingProblems => _problems;

    /// <summary>The same run for a model that was made otherwise, whose shape the description then has.</summary>
    /// <param name="model">What is to be trained.</param>
    public RunParts For(TransformerLM model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Config == Config.Model ? this : new RunParts(Config with { Model = model.Config }, Tokenizer);
    }

    /// <summary>How much memory the run takes; null where that is not main memory, as another device computes.</summary>
    /// <exception cref="ArgumentException">The model's shape is not sound.</exception>
    /// <exception cref="OverflowException">The model has 2⁶³ parameters or more.</exception>
    public RunMemory? EstimateMemory() => !Config.Compute.IsOnProcessor ? null
        : RunMemory.Of(Config.Model, Config.Compute.Path, Config.Training, Config.Optimizer.StateBytes(Config.Model));

    /// <summary>
    /// A fresh model on its device, or one with the weights of the model that the run begins with, unless there is a checkpoint to go on
    /// from, which has others.
    /// </summary>
    /// <exception cref="InvalidDataException">The model to begin with is damaged, or of another shape.</exception>
    /// <exception cref="InvalidOperationException">There is no such device.</exception>
    /// <exception cref="InsufficientMemoryException">
    /// There is no memory for the model and what training it takes; the message tells how much is needed.
    /// </exception>
    public TransformerLM CreateModel()
    {
        if (Config.Model.VocabSize == 0)
            throw new InvalidOperationException("model.vocab_size is not set, and there is no tokenizer to take it from: set it, or name "
                + "the tokenizer.");
        if (EstimateMemory()?.FindProblem() is string problem) throw new InsufficientMemoryException(problem);
        Device device = Config.Compute.FindDevice();
        InitialModel? initial = Config.From is null || CheckpointReader.FindNewest(OpenCheckpoints()).Step is not null ? null
            : _initial ?? InitialModel.Open(Config.From);
        TransformerLM model = new(Config.Model, Config.Compute.Path, device);
        try
        {
            if (initial is not null) TransformerWeights.Load(model, initial.Weights);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>How the model's parameters change.</summary>
    /// <param name="model">What is trained.</param>
    /// <param name="ranks">The processes that train it together; null for this one alone.</param>
    public IOptimizer CreateOptimizer(TransformerLM model, IRankGroup? ranks = null) =>
        ranks is { Size: > 1 } && Config.Training.ShardOptimizer
            ? new ShardedOptimizer(ranks, NamedParameter.Of(model), Config.Optimizer.CreateOptimizer)
            : Config.Optimizer.CreateOptimizer(NamedParameter.Of(model));

    /// <summary>The learning rate of each step, over the number of steps that the run really has.</summary>
    public ILrSchedule CreateSchedule() => Config.Optimizer.CreateSchedule(Config.TotalSteps);

    /// <summary>Opens what the run learns from.</summary>
    public TrainingData OpenData()
    {
        TrainingData data = Config.Data.Open(Tokenizer);
        // Ids that an embedding has beyond its tokenizer's, where the run begins with such a model, stand for no bytes.
        return data.TokenByteLengths is { } lengths && Config.From is not null && lengths.Count < Config.Model.VocabSize
            ? data with { TokenByteLengths = [.. lengths, .. new int[Config.Model.VocabSize - lengths.Count]] } : data;
    }

    /// <summary>Where progress is kept.</summary>
    public ICheckpointStore OpenCheckpoints() => Directory.OpenCheckpoints();

    /// <summary>Where metrics are kept: lines of JSON, and TensorBoard's event files.</summary>
    public IMetricSink CreateSink() =>
        new CompositeMetricSink([new JsonLinesMetricSink(Directory.Metrics), new TensorBoardMetricSink(Directory.Path)]);

    /// <summary>Who else is told what happens: the keeper of <c>config.json</c>, and, where samples are asked for, their writer.</summary>
    /// <param name="model">What is trained.</param>
    public IReadOnlyList<ITrainingCallback> CreateCallbacks(ILanguageModel model)
    {
        List<ITrainingCallback> callbacks = [new ConfigKeeper(this)];
        if (Tokenizer is not null && Config.Samples.Every is long every)
            callbacks.Add(new SampleWriter(model, Tokenizer, Directory.Samples, Config.Samples.Prompts, every,
                Config.Samples.GenerationOptions));
        return callbacks;
    }

    /// <summary>Writes the description into the run's folder, and before it the tokenizer that it names there.</summary>
    internal void WriteConfig()
    {
        if (_tokenizerToKeep is not null) BpeModel.Load(_tokenizerToKeep).Save(Directory.Tokenizer);
        Directory.WriteConfig(Config);
    }

    /// <summary>The shape of the model to begin with; its seed, and where one is named its context, are the run's own.</summary>
    private static TransformerConfig ShapeOf(InitialModel initial, TransformerConfig named) => initial.Config with
    {
        InitSeed = named.InitSeed,
        ContextLength = named.DModel == 0 && named.ContextLength != 0 ? named.ContextLength : initial.Config.ContextLength,
    };

    /// <summary>What trains, with the parts made above or others in their place.</summary>
    /// <param name="model">What to train.</param>
    /// <param name="optimizer">How its parameters change.</param>
    /// <param name="schedule">How fast they change: the learning rate of each step.</param>
    /// <param name="data">What it learns from.</param>
    /// <param name="checkpoints">Where progress is kept.</param>
    /// <param name="metrics">Where metrics are kept.</param>
    /// <param name="callbacks">Who is told what happens, in this order.</param>
    /// <param name="name">What measurements call the trainer; null for nothing.</param>
    /// <param name="ranks">The processes that train together; null for this one alone.</param>
    public Trainer CreateTrainer(
        TransformerLM model, IOptimizer optimizer, ILrSchedule schedule, TrainingData data,
        ICheckpointStore checkpoints, IMetricSink metrics, IReadOnlyList<ITrainingCallback> callbacks, string? name = null,
        IRankGroup? ranks = null) =>
        new(model, optimizer, schedule, data, Config.Training, checkpoints, metrics, callbacks, ranks)
        {
            Name = name,
            Description = ConfigReader.Describe(Config),
            FindLostSteps = Directory.FindLostSteps,
        };
}
