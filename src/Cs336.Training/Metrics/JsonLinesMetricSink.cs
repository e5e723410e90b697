using System.Text.Json;
using Cs336.Json;

namespace Cs336.Training;

/// <summary>
/// Keeps metrics as lines of JSON, each written out at once, so that others can follow the file and a crash costs at most the
/// line that was being written.
/// </summary>
/// <remarks>
/// Every value is a number, times in seconds, or a flag: what is not a finite number is <c>null</c>, and the line then has
/// <c>"not_finite": true</c>. What was not measured is left out. A line that cannot be written, as on a full disk, goes out with
/// the next one.
/// </remarks>
/// <param name="path">The file; made with its folder when the run begins.</param>
public sealed class JsonLinesMetricSink(string path) : IMetricSink, IDisposable
{
    private readonly LineFile _file = new(path);

    /// <inheritdoc/>
    public void Begin(long step)
    {
        long last = 0; // a damaged line stays or goes with the one before it: the run goes on, and readers tell of it
        _file.Begin((line, number) => !string.IsNullOrWhiteSpace(line) && (last = Parse(path, line, number, [])?.Step ?? last) <= step);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The line cannot be written.</exception>
    public void Write(TrainingMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        _file.Write(JsonSerializer.Serialize(MetricsLine.Of(metrics), MetricsJson.Default.MetricsLine));
    }

    /// <summary>Reads the metrics of a file, also while it is being written; a torn last line is left out.</summary>
    /// <inheritdoc cref="Enumerate"/>
    public static IReadOnlyList<TrainingMetrics> Read(string path, ICollection<string>? warnings = null) => [.. Enumerate(path, warnings)];

    /// <summary>
    /// Reads the metrics of a file line by line as they are asked for, so that a long run takes no memory; a torn last line is left
    /// out.
    /// </summary>
    /// <param name="path">The file, of this version or an older one.</param>
    /// <param name="warnings">Receives a sentence for each damaged line, which is then passed over; null to be thrown an exception.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// A line before the last is damaged, and <paramref name="warnings"/> is null; the message names it.
    /// </exception>
    public static IEnumerable<TrainingMetrics> Enumerate(string path, ICollection<string>? warnings = null) =>
        LineFile.Read(path).Select((line, i) => Parse(path, line, i + 1, warnings)).OfType<TrainingMetrics>();

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private static TrainingMetrics? Parse(string path, string line, int number, ICollection<string>? warnings = null)
    {
        if (string.IsNullOrWhiteSpace(line)) return null;
        try
        {
            return (JsonSerializer.Deserialize(line, MetricsJson.Default.MetricsLine) ?? throw new JsonException("It is null."))
                .ToMetrics();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // the latter for half a character
        {
            string problem = $"{path}, line {number} is no metrics line: {JsonMessage.Of(exception)}";
            if (warnings is null) throw new InvalidDataException(problem, exception);
            warnings.Add($"{problem} It is passed over.");
            return null;
        }
    }
}
