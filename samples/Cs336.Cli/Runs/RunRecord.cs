using System.Text.Json.Nodes;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>What a run's folder tells, also while the run goes on and after a crash.</summary>
/// <param name="Name">What tables and legends call it.</param>
/// <param name="Folder">Where it is.</param>
/// <param name="Metrics">One for each step.</param>
internal sealed record RunRecord(string Name, string Folder, IReadOnlyList<TrainingMetrics> Metrics)
{
    /// <summary>The setting that tells repetitions of a run apart.</summary>
    public const string SeedKey = "seed";

    private const string ResultFile = "run.json";

    /// <summary>The configuration that it was begun with; null where the folder holds none.</summary>
    public JsonObject? Config { get; init; }

    /// <summary>What a sweep or an ablation says of it; null for a run of its own.</summary>
    public JsonObject? Result { get; init; }

    /// <summary>The machine that it ran on; null where the folder does not tell.</summary>
    public JsonObject? Machine { get; init; }

    /// <summary>What it wrote; null where it wrote nothing.</summary>
    public string? Samples { get; init; }

    /// <summary>What is damaged in its files and was passed over.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public string Outcome => (string?)Result?["outcome"] ?? "";

    /// <summary>What sets it apart in a sweep or an ablation; empty for a run of its own.</summary>
    public IReadOnlyDictionary<string, string> Settings => ConfigDifferences.Flatten(Result?["settings"] as JsonObject);

    public TrainingMetrics? Last => Metrics.Count > 0 ? Metrics[^1] : null;
    public double? FinalValidationLoss => Metrics.LastOrDefault(item => item.ValidationLoss is not null)?.ValidationLoss;
    public double? BestValidationLoss =>
        Metrics.Where(item => item.ValidationLoss is double loss && double.IsFinite(loss)).Min(item => item.ValidationLoss);
    public double? FinalBitsPerByte => Metrics.LastOrDefault(item => item.ValidationBitsPerByte is not null)?.ValidationBitsPerByte;

    /// <summary>The training loss, averaged over the last twentieth of the steps, since that of one batch says little.</summary>
    public double? FinalTrainingLoss =>
        Metrics.Count == 0 ? null : Metrics.Skip(Metrics.Count - Math.Max(1, Metrics.Count / 20)).Average(item => item.Loss);

    /// <summary>Median speed of a step.</summary>
    public double? TokensPerSecond =>
        Metrics.Count == 0 ? null : Metrics.Select(item => item.TokensPerSecond).Order().ElementAt(Metrics.Count / 2);

    /// <summary>Reads runs: each folder is one, or holds several.</summary>
    /// <exception cref="InvalidDataException">A folder holds no run, or a damaged one.</exception>
    public static IReadOnlyList<RunRecord> ReadAll(IReadOnlyList<string> folders)
    {
        List<string> runs = [];
        foreach (string folder in folders)
        {
            if (!Directory.Exists(folder))
                throw new DirectoryNotFoundException($"There is no folder {folder}: name the folder of a run, or one that holds runs.");
            string[] found = IsRun(folder) ? [folder] : [.. Directory.EnumerateDirectories(folder).Where(IsRun)
                .Order(StringComparer.Ordinal)];
            if (found.Length == 0)
                throw new InvalidDataException($"{folder} holds no run: expected metrics.jsonl in it, or in folders in it.");
            runs.AddRange(found);
        }
        string[] names = [.. runs.Select(run => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(run))))];
        return [.. runs.Zip(names, (run, name) => Read(run, names.Count(other => other == name) > 1 ? run : name))];
    }

    /// <summary>Reads one run.</summary>
    public static RunRecord Read(string folder, string name)
    {
        RunDirectory run = new(folder);
        List<string> warnings = [];
        return new RunRecord(name, folder, File.Exists(run.Metrics) ? JsonLinesMetricSink.Read(run.Metrics, warnings) : [])
        {
            Warnings = warnings,
            Config = ReadObject(run.Config),
            Result = ReadObject(Path.Combine(folder, ResultFile)),
            Machine = ReadObject(Path.Combine(folder, MachineDescription.FileName)),
            Samples = File.Exists(run.Samples) ? File.ReadAllText(run.Samples) : null,
        };
    }

    private static bool IsRun(string folder) =>
        File.Exists(new RunDirectory(folder).Metrics) || File.Exists(Path.Combine(folder, ResultFile));

    private static JsonObject? ReadObject(string path) => File.Exists(path) ? JsonFile.Read(path) : null;
}
