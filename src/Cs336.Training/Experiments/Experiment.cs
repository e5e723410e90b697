using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Cs336.Training;

/// <summary>
/// Runs a set of configurations, one after another or several at a time, and keeps what came of each in a folder, so that an
/// experiment that was cut off goes on where it was: a run that is done is not done again, one that was under way resumes or begins
/// anew, and one whose loss ran away is stopped early and kept as diverged.
/// </summary>
/// <remarks>
/// The folder holds a folder per run, each with <c>run.json</c> (settings, outcome, losses, time) and <c>metrics.jsonl</c> (the curve),
/// whole at every moment, and whatever the run itself writes, such as checkpoints.
/// </remarks>
/// <example>
/// <code>
/// Experiment experiment = new("experiments/learning-rate", run =>
/// {
///     using TransformerLM model = new(config with { InitSeed = run.Settings.GetInt64("seed") });
///     using AdamW optimizer = new(NamedParameter.Of(model));
///     Trainer trainer = new(model, optimizer, new ConstantSchedule(run.Settings.GetDouble("learning_rate")), data, options,
///         new FileCheckpointStore(Path.Combine(run.Folder, "checkpoints")), run.Metrics);
///     trainer.Resume();
///     trainer.Run(cancellationToken: run.CancellationToken);
/// });
/// IReadOnlyList&lt;ExperimentSettings&gt; runs = ExperimentAxis.Grid(
///     ExperimentAxis.LogRange("learning_rate", 1e-4, 1e-2, 5), ExperimentAxis.Seeds(3));
/// foreach (ExperimentResult result in experiment.Run(runs))
///     Console.WriteLine($"{result.Name}: {result.Outcome}, {result.FinalValidationLoss}");
/// </code>
/// </example>
public sealed class Experiment
{
    private readonly string _folder;
    private readonly Action<ExperimentRun> _train;
    private readonly ExperimentOptions _options;

    /// <summary>Prepares an experiment; nothing is read or written yet.</summary>
    /// <param name="folder">Where results are kept; made where it is missing.</param>
    /// <param name="train">
    /// Makes and runs the trainer of one run on the calling thread. To resume a run that was cut off, it keeps checkpoints in the run's
    /// folder and calls <see cref="Trainer.Resume"/> first. An exception makes the run failed,
    /// <see cref="TrainingDivergedException"/> diverged.
    /// </param>
    /// <param name="options">Common settings and when a run counts as diverged; null for the defaults.</param>
    /// <exception cref="ArgumentException">The folder's name is empty, or an option is outside its range.</exception>
    public Experiment(string folder, Action<ExperimentRun> train, ExperimentOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(train);
        _folder = Path.GetFullPath(folder);
        _train = train;
        _options = options ?? new ExperimentOptions();
        if (!(_options.MaxLossRise > 0))
            throw new ArgumentException($"max_loss_rise is {_options.MaxLossRise}, but must be above 0; Infinity switches it off.");
        if (_options.Jobs < 1) throw new ArgumentException($"jobs is {_options.Jobs}, but must be at least 1.");
    }

    /// <summary>Runs what is not done yet, and begins the runs in order.</summary>
    /// <param name="runs">The settings of each run, such as those of <see cref="ExperimentAxis.Grid"/>.</param>
    /// <param name="progress">
    /// Told each run's result as soon as it is known, those of earlier sittings included; never by two threads at a time.
    /// </param>
    /// <param name="cancellationToken">Ends the runs under way, which stay unfinished, and begins no other.</param>
    /// <returns>The results that are known, in order; where it was cancelled, the runs that did not begin are missing.</returns>
    /// <exception cref="ArgumentException">There are no runs, or two have the same name.</exception>
    /// <exception cref="InvalidDataException">
    /// The folder holds a run of the same name with other settings, or a damaged one; the message lists all.
    /// </exception>
    /// <exception cref="IOException">The folder is in use by another experiment, or a result cannot be written.</exception>
    public IReadOnlyList<ExperimentResult> Run(
        IReadOnlyList<ExperimentSettings> runs, IProgress<ExperimentResult>? progress = null, CancellationToken cancellationToken = default)
    {
        CheckRuns(runs);
        using RunLock taken = RunLock.Take(new RunDirectory(_folder));
        IReadOnlyList<ExperimentResult> begun = [.. FindEarlier(runs)];
        ExperimentResult?[] results = new ExperimentResult?[begun.Count];
        Lock telling = new();
        int next = -1;
        RunOnThreads(Math.Min(_options.Jobs, begun.Count), () =>
        {
            for (int i = Interlocked.Increment(ref next); i < begun.Count; i = Interlocked.Increment(ref next))
            {
                bool done = begun[i].Outcome is ExperimentOutcome.Completed or ExperimentOutcome.Diverged;
                if (!done && cancellationToken.IsCancellationRequested) continue;
                ExperimentResult result = done ? begun[i] : RunOne(begun[i], cancellationToken);
                results[i] = result;
                lock (telling) progress?.Report(result);
            }
        });
        return [.. results.OfType<ExperimentResult>()];
    }

    /// <summary>Does the same work on some threads and waits for all; the first exception comes out as it was thrown.</summary>
    private static void RunOnThreads(int threads, Action work)
    {
        if (threads == 1)
        {
            work();
            return;
        }
        ExceptionDispatchInfo? failure = null;
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);
            }
        }))];
        foreach (Thread worker in workers) worker.Start();
        foreach (Thread worker in workers) worker.Join();
        failure?.Throw();
    }

    /// <summary>
    /// Reads the results of a folder, in the order of their names, also while the experiment is under way and after a crash.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A result is damaged; the message names it.</exception>
    public static IReadOnlyList<ExperimentResult> Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return [.. Directory.EnumerateDirectories(Path.GetFullPath(folder)).Order(StringComparer.Ordinal).Select(ExperimentResult.TryRead)
            .OfType<ExperimentResult>()];
    }

    private static void CheckRuns(IReadOnlyList<ExperimentSettings> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count == 0) throw new ArgumentException("The experiment has no runs: give it at least one.");
        // Some file systems do not tell upper from lower case.
        string[] twice = [.. runs.GroupBy(run => run.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1)
            .Select(group => group.Key)];
        if (twice.Length > 0)
            throw new ArgumentException($"Runs must differ in their settings, but these come more than once: {string.Join("; ", twice)}.");
    }

    private List<ExperimentResult> FindEarlier(IReadOnlyList<ExperimentSettings> runs)
    {
        List<ExperimentResult> results = [];
        List<string> problems = [];
        foreach (ExperimentSettings run in runs)
        {
            ExperimentResult fresh = new() { Name = run.Name, Settings = _options.Common.With(run),
                Outcome = ExperimentOutcome.Unfinished, Folder = Path.Combine(_folder, run.Name) };
            try
            {
                ExperimentResult earlier = ExperimentResult.TryRead(fresh.Folder) ?? fresh;
                if (!earlier.Settings.Equals(fresh.Settings))
                    problems.Add($"{fresh.Folder} holds a run with the settings {earlier.Settings}, but this one has {fresh.Settings}: use "
                        + "another folder.");
                results.Add(earlier);
            }
            catch (InvalidDataException exception)
            {
                problems.Add(exception.Message);
            }
        }
        if (problems.Count > 0) throw new InvalidDataException(string.Join(Environment.NewLine, problems));
        return results;
    }

    private ExperimentResult RunOne(ExperimentResult earlier, CancellationToken cancellationToken)
    {
        ExperimentResult begun = earlier with { Outcome = ExperimentOutcome.Unfinished, Message = null };
        begun.Write();
        Stopwatch clock = Stopwatch.StartNew();
        (ExperimentOutcome outcome, string? message) = Train(begun, cancellationToken);
        IReadOnlyList<TrainingMetrics> curve = begun.ReadCurve();
        ExperimentResult result = begun with
        {
            Outcome = outcome,
            Message = message,
            Steps = curve.LastOrDefault()?.Step ?? 0,
            FinalLoss = Finite(curve.LastOrDefault()?.Loss),
            FinalValidationLoss = Finite(curve.LastOrDefault(metrics => metrics.ValidationLoss is not null)?.ValidationLoss),
            BestValidationLoss = curve.Select(metrics => Finite(metrics.ValidationLoss)).Min(),
            WallClock = earlier.WallClock + clock.Elapsed,
        };
        result.Write();
        return result;
    }

    private (ExperimentOutcome Outcome, string? Message) Train(ExperimentResult run, CancellationToken cancellationToken)
    {
        string curve = Path.Combine(run.Folder, ExperimentResult.CurveFileName);
        using JsonLinesMetricSink file = new(curve);
        DivergenceWatch watch = new(curve, _options.MaxLossRise);
        try
        {
            _train(new ExperimentRun(run.Name, run.Settings, run.Folder, new WatchedMetrics(file, watch), watch, cancellationToken));
            return (cancellationToken.IsCancellationRequested ? ExperimentOutcome.Unfinished : ExperimentOutcome.Completed, null);
        }
        catch (TrainingDivergedException exception)
        {
            return (ExperimentOutcome.Diverged, exception.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return (ExperimentOutcome.Unfinished, null);
        }
        catch (Exception exception) // whatever it is, the other runs go on and the result tells
        {
            return (ExperimentOutcome.Failed, $"{exception.GetType().Name}: {exception.Message}");
        }
    }

    private static double? Finite(double? loss) => loss is double value && double.IsFinite(value) ? value : null;
}
