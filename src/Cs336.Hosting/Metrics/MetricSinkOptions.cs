namespace Cs336.Hosting;

/// <summary>Where metrics are kept.</summary>
public sealed class MetricSinkOptions
{
    /// <summary>The file for lines of JSON. Default null: <c>metrics.jsonl</c> in the trainer's run directory.</summary>
    public string? File { get; set; }

    internal IReadOnlyList<string> FindProblems() =>
        File is not null && string.IsNullOrWhiteSpace(File) ? ["MetricSinkOptions.File is blank: give a file, or leave it out for the run's own."] : [];
}
