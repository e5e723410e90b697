using System.Text;
using Cs336.Tokenizers;
using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>
/// A run with all its parts, made from one configuration in a folder of its own: model, optimizer, schedule, data, trainer, checkpoints,
/// metrics (JSON lines and TensorBoard) and samples.
/// </summary>
/// <example>
/// <code>
/// using TrainingRun run = TrainingRun.Create("runs/small", RunConfig.Load("small.json"));
/// TrainingResult result = run.Train();
/// </code>
/// </example>
public sealed class TrainingRun : IDisposable
{
    private readonly FileStream _lock;
    private readonly CompositeMetricSink _sinks;

    private TrainingRun(RunDirectory directory, RunConfig config, TrainingRunOptions options, FileStream hold)
    {
        Directory = directory;
        Config = config;
        _lock = hold;
        _sinks = new CompositeMetricSink([new JsonLinesMetricSink(directory.Metrics), new TensorBoardMetricSink(directory.Path), .. options.Sinks]);
        Tokenizer = config.Data.Tokenizer is string folder ? BpeTokenizer.Load(folder) : null;
        Data = config.Data.Open(Tokenizer is null ? null : Evaluator.TokenByteLengths(Tokenizer));
        Model = new TransformerLM(config.Model, device: options.Device);
        Optimizer = config.Optimizer.CreateOptimizer(NamedParameter.Of(Model));
        Schedule = config.Optimizer.CreateSchedule(config.Training.MaxSteps);
        List<ITrainingCallback> callbacks = [.. options.Callbacks];
        if (Tokenizer is not null && config.Samples.Every is long every)
            callbacks.Add(new SampleWriter(Model, Tokenizer, directory.Samples, config.Samples.Prompts, every, config.Samples.GenerationOptions));
        Trainer = new Trainer(Model, Optimizer, Schedule, Data, config.Training, directory.OpenCheckpoints(), _sinks, callbacks);
    }

    /// <summary>Where the run keeps its files.</summary>
    public RunDirectory Directory { get; }

    /// <summary>What the run was made from.</summary>
    public RunConfig Config { get; }

    /// <summary>The tokenizer, where the configuration names one.</summary>
    public ITokenizer? Tokenizer { get; }

    /// <summary>What is trained.</summary>
    public TransformerLM Model { get; }

    /// <summary>How its parameters change.</summary>
    public IOptimizer Optimizer { get; }

    /// <summary>How fast.</summary>
    public ILrSchedule Schedule { get; }

    /// <summary>What it learns from.</summary>
    public TrainingData Data { get; }

    /// <summary>What trains it.</summary>
    public Trainer Trainer { get; }

    /// <summary>Where the run goes on, and what was found on the way; null for a new run.</summary>
    public ResumeResult? Resumed { get; private set; }

    /// <summary>Begins a run in a folder that holds none.</summary>
    /// <param name="directory">The folder; made where it is missing.</param>
    /// <param name="config">What to do.</param>
    /// <param name="options">Further sinks and callbacks; null for none.</param>
    /// <exception cref="InvalidDataException">Something is wrong with the configuration, the files it names or the folder; the message lists every problem.</exception>
    /// <exception cref="IOException">Another run is going on in the folder.</exception>
    public static TrainingRun Create(string directory, RunConfig config, TrainingRunOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Open(new RunDirectory(directory), config, options, isNew: true);
    }

    /// <summary>Goes on with the run of a folder, from its newest checkpoint that is whole; where there is none yet, from the beginning.</summary>
    /// <param name="directory">The run's folder.</param>
    /// <param name="config">What to do; null for what the folder's <c>config.json</c> says.</param>
    /// <param name="options">Further sinks and callbacks; null for none.</param>
    /// <exception cref="InvalidDataException">Something is wrong with the configuration, the files it names, the folder or the checkpoints; the message lists every problem.</exception>
    /// <exception cref="IOException">Another run is going on in the folder.</exception>
    public static TrainingRun Resume(string directory, RunConfig? config = null, TrainingRunOptions? options = null)
    {
        RunDirectory folder = new(directory);
        if (config is null && !File.Exists(folder.Config))
            throw new InvalidDataException($"{folder.Path} holds no run to go on with: it has no config.json. Begin one, or name another folder.");
        TrainingRun run = Open(folder, config ?? RunConfig.Load(folder.Config), options, isNew: false);
        try
        {
            run.Resumed = run.Trainer.Resume();
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Trains on the calling thread until all steps are done or it is cancelled.</summary>
    /// <inheritdoc cref="Cs336.Training.Trainer.Run"/>
    public TrainingResult Train(IProgress<TrainingMetrics>? progress = null, CancellationToken cancellationToken = default) => Trainer.Run(progress, cancellationToken);

    /// <summary>Releases all parts.</summary>
    public void Dispose()
    {
        _sinks.Dispose();
        Optimizer.Dispose();
        Model.Dispose();
        Data.Dispose();
        _lock.Dispose();
    }

    private static TrainingRun Open(RunDirectory directory, RunConfig config, TrainingRunOptions? options, bool isNew)
    {
        IReadOnlyList<string> problems = RunChecks.FindProblems(config, directory, isNew);
        if (problems.Count > 0)
            throw new InvalidDataException($"The run cannot {(isNew ? "begin" : "go on")}:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}");
        System.IO.Directory.CreateDirectory(directory.Path);
        FileStream hold = Hold(directory);
        try
        {
            TrainingRun run = new(directory, config, options ?? new TrainingRunOptions(), hold);
            using AtomicFile file = new(directory.Config);
            file.Stream.Write(Encoding.UTF8.GetBytes(config.ToJson() + "\n"));
            file.Commit();
            return run;
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <summary>Keeps other runs out of the folder; the system lets go of it even where the process is killed.</summary>
    private static FileStream Hold(RunDirectory directory)
    {
        try
        {
            return new FileStream(directory.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new IOException($"{directory.Path} cannot be had for this run alone: is another one going on there? {exception.Message}", exception);
        }
    }
}
