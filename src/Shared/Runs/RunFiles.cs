using System.Globalization;

namespace Cs336.Runs;

/// <summary>How the files of a run are called, the same for whoever writes and whoever reads them.</summary>
internal static class RunFiles
{
    public const string Config = "config.json";
    public const string Weights = "model.safetensors";
    public const string Metrics = "metrics.jsonl";
    public const string Checkpoints = "checkpoints";
    public const string Samples = "samples.txt";
    public const string Curve = "curve.png";
    public const string Tokenizer = "tokenizer";
    public const string Tokens = "tokens.npy";
    public const string Lock = ".lock";
    private const string CheckpointPrefix = "step-";

    /// <summary>The folder of a checkpoint, such as <c>step-00001000</c>.</summary>
    public static string CheckpointOf(long step) => CheckpointPrefix + step.ToString("D8", CultureInfo.InvariantCulture);

    /// <summary>The step of a checkpoint's folder; null for the name of anything else.</summary>
    public static long? StepOf(string name) =>
        name.StartsWith(CheckpointPrefix, StringComparison.Ordinal)
        && long.TryParse(name[CheckpointPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out long step)
        && CheckpointOf(step) == name ? step : null;

    /// <summary>The folder of a run's newest checkpoint that has weights; null where there is none.</summary>
    /// <param name="run">The run's folder.</param>
    public static string? FindNewestModel(string run)
    {
        string checkpoints = Path.Combine(run, Checkpoints);
        return !Directory.Exists(checkpoints) ? null
            : Directory.EnumerateDirectories(checkpoints)
                .Where(folder => StepOf(Path.GetFileName(folder)) is not null && File.Exists(Path.Combine(folder, Weights)))
                .MaxBy(folder => StepOf(Path.GetFileName(folder)));
    }
}
