using System.Text.Json;
using System.Text.Json.Serialization;
using Cs336.Json;
using Cs336.Runs;
using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>What is known of a run of an experiment; kept as <c>run.json</c> in the run's folder.</summary>
public sealed record ExperimentResult
{
    internal const string FileName = "run.json";
    internal const string CurveFileName = RunFiles.Metrics;

    /// <summary>The run's name, which tells its own settings.</summary>
    public required string Name { get; init; }

    /// <summary>The common settings and the run's own.</summary>
    public required ExperimentSettings Settings { get; init; }

    /// <summary>How far it has come.</summary>
    public required ExperimentOutcome Outcome { get; init; }

    /// <summary>Why it diverged or failed; null otherwise.</summary>
    public string? Message { get; init; }

    /// <summary>Steps that its metrics told of at the end of its last sitting; 0 where there was none, as during the first.</summary>
    public long Steps { get; init; }

    /// <summary>Loss of the last step in nats per token; null where there is none.</summary>
    public double? FinalLoss { get; init; }

    /// <summary>Loss of the last validation in nats per token; null where there was none.</summary>
    public double? FinalValidationLoss { get; init; }

    /// <summary>Loss of the best validation in nats per token; null where there was none.</summary>
    public double? BestValidationLoss { get; init; }

    /// <summary>Time spent on it by the clock, over all sittings; that of a sitting that was killed is lost.</summary>
    [JsonPropertyName("wall_clock_seconds"), JsonConverter(typeof(SecondsConverter))]
    public TimeSpan WallClock { get; init; }

    /// <summary>What older versions wrote instead, such as <c>"00:00:01.23"</c>.</summary>
    [JsonInclude, JsonPropertyName("wall_clock")]
    internal TimeSpan? WallClockOfOlderVersion
    {
        get => null;
        init => WallClock = value ?? WallClock;
    }

    /// <summary>The run's folder.</summary>
    [JsonIgnore]
    public string Folder { get; init; } = "";

    /// <summary>The metrics of every step, also while the run is under way and after a crash; empty where there are none yet.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; the message names the line.</exception>
    public IReadOnlyList<TrainingMetrics> ReadCurve()
    {
        string path = Path.Combine(Folder, CurveFileName);
        return File.Exists(path) ? JsonLinesMetricSink.Read(path) : [];
    }

    /// <summary>Reads what a folder holds of a run; null where it holds none.</summary>
    internal static ExperimentResult? TryRead(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            ExperimentResult? result = JsonSerializer.Deserialize(File.ReadAllText(path), ExperimentJson.Default.ExperimentResult);
            if (result is not { Name: not null, Settings: not null } || !Enum.IsDefined(result.Outcome))
                throw new JsonException("it lacks a name, settings or an outcome.");
            // JSON may write a number that no double holds, such as 1e400; it is read as infinity, which could not be written again.
            if (((double?[])[result.FinalLoss, result.FinalValidationLoss, result.BestValidationLoss])
                .Any(loss => loss is double number && !double.IsFinite(number)))
                throw new JsonException("a loss is no finite number.");
            return result with { Folder = folder };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // the latter for half a character
        {
            throw new InvalidDataException($"{path} does not tell of a run: {JsonMessage.Of(exception)} Remove the folder to run it again.",
                exception);
        }
    }

    /// <summary>
    /// Puts the result in its folder: a reader sees the old file or the new one, never half of one, even after a power cut.
    /// </summary>
    internal void Write()
    {
        using AtomicFile file = new(Path.Combine(Folder, FileName));
        JsonSerializer.Serialize(file.Stream, this, ExperimentJson.Default.ExperimentResult);
        file.Commit();
    }
}
