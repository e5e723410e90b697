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
    private readonly Stack<IDisposable> _owned = [];

    private TrainingRun(RunParts parts, TrainingRunOptions options, RunLock? taken)
    {
        (Directory, Config, Tokenizer) = (parts.Directory, parts.Config, parts.Tokenizer);
        if (taken is not null) Own(taken);
        bool writes = taken is not null; // of several ranks only one has the folder
        try
        {
            Data = Own(parts.OpenData());
            Model = Own(parts.CreateModel());
            Optimizer = Own(parts.CreateOptimizer(Model, options.Ranks));
            Schedule = parts.CreateSchedule();
            CompositeMetricSink sink = Own(new CompositeMetricSink([.. writes ? [parts.CreateSink()] : Array.Empty<IMetricSink>(),
                .. options.Sinks]));
            Trainer = parts.CreateTrainer(Model, Optimizer, Schedule, Data, parts.OpenCheckpoints(), sink,
                [.. options.Callbacks, .. writes ? parts.CreateCallbacks(Model) : []], ranks: options.Ranks);
        }
        catch
        {
            Dispose();
            throw;
        }
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

    /// <summary>How fast they change: the learning rate of each step.</summary>
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
    /// <exception cref="InvalidDataException">
    /// Something is wrong with the configuration, the files it names or the folder; the message lists every problem.
    /// </exception>
    /// <exception cref="IOException">Another run is going on in the folder.</exception>
    public static TrainingRun Create(string directory, RunConfig config, TrainingRunOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Open(new RunDirectory(directory), config, options ?? new TrainingRunOptions(), isNew: true);
    }

    /// <summary>
    /// Goes on with the run of a folder, from its newest checkpoint that is whole; where there is none yet, from the beginning. Until the
    /// trainer has taken the checkpoint over, nothing in the folder is changed.
    /// </summary>
    /// <param name="directory">The run's folder.</param>
    /// <param name="config">What to do; null for what the folder's <c>config.json</c> says.</param>
    /// <param name="options">Further sinks and callbacks; null for none.</param>
    /// <exception cref="InvalidDataException">
    /// Something is wrong with the configuration, the files it names, the folder or the checkpoints; the message lists every
    /// problem.
    /// </exception>
    /// <exception cref="IOException">Another run is going on in the folder.</exception>
    public static TrainingRun Resume(string directory, RunConfig? config = null, TrainingRunOptions? options = null)
    {
        return Open(new RunDirectory(directory), config, options ?? new TrainingRunOptions(), isNew: false);
    }

    /// <summary>Trains on the calling thread until all steps are done or it is cancelled.</summary>
    /// <inheritdoc cref="Cs336.Training.Trainer.Run"/>
    public TrainingResult Train(IProgress<TrainingMetrics>? progress = null, CancellationToken cancellationToken = default) =>
        Trainer.Run(progress, cancellationToken);

    /// <summary>Releases all parts.</summary>
    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? part)) part.Dispose();
    }

    private T Own<T>(T part) where T : IDisposable
    {
        _owned.Push(part);
        return part;
    }

    private static TrainingRun Open(RunDirectory directory, RunConfig? config, TrainingRunOptions options, bool isNew)
    {
        List<string> warnings = [];
        IRankGroup ranks = options.Ranks ?? SingleRank.Instance;
        RunParts? parts = null;
        RunLock? taken = null;
        TrainingRun? run = null;
        try
        {
            byte[] told = ranks.FromFirst(() =>
            {
                parts = new RunParts((config ?? directory.ReadConfig(warnings)) with { Directory = directory.Path });
                Check(parts, isNew);
                taken = RunLock.Take(directory);
                if (isNew && directory.HoldsRun) Check(parts, isNew); // another program may have begun a run here since the first look
                return RunOfRanks.Write(parts.Config, isNew);
            });
            ranks.Together(() =>
            {
                if (!ranks.IsFirst()) (parts, isNew) = RunOfRanks.Read(told, directory);
                run = new TrainingRun(parts!, options, taken);
            });
            if (!isNew)
            {
                ResumeResult resumed = run!.Trainer.Resume();
                run.Resumed = resumed with { Warnings = [.. warnings, .. resumed.Warnings] };
            }
            if (taken is not null) parts!.WriteConfig();
            return run!;
        }
        catch
        {
            run?.Dispose();
            taken?.Abandon();
            throw;
        }
    }

    private static void Check(RunParts parts, bool isNew)
    {
        IReadOnlyList<string> problems = parts.FindProblems(isNew);
        if (problems.Count > 0)
            throw new InvalidDataException(
                $"The run cannot {(isNew ? "begin" : "go on")}:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}");
    }
}
