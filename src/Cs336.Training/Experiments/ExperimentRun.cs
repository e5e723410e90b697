namespace Cs336.Training;

/// <summary>What the code that trains one run of an experiment is given.</summary>
/// <param name="Name">The run's name, which tells its own settings.</param>
/// <param name="Settings">The common settings and the run's own.</param>
/// <param name="Folder">A folder for this run alone, for checkpoints and whatever else is to be kept.</param>
/// <param name="Metrics">
/// Where the trainer's metrics go, <c>metrics.jsonl</c>. Writing to it throws <see cref="TrainingDivergedException"/> where the
/// loss has run away.
/// </param>
/// <param name="Watch">The same without the file: for a run that writes <c>metrics.jsonl</c> in its folder itself.</param>
/// <param name="CancellationToken">Ends the run, which then counts as unfinished.</param>
public sealed record ExperimentRun(string Name, ExperimentSettings Settings, string Folder, IMetricSink Metrics, IMetricSink Watch,
    CancellationToken CancellationToken);
