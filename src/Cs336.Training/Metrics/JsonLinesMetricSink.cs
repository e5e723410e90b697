using System.Text.Json;

namespace Cs336.Training;

/// <summary>
/// Keeps metrics as lines of JSON, each written out at once, so that others can follow the file and a crash costs at most the
/// line that was being written.
/// </summary>
/// <param name="path">The file; made with its folder when the run begins.</param>
public sealed class JsonLinesMetricSink(string path) : IMetricSink, IDisposable
{
    private readonly LineFile _file = new(path);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The file holds a damaged line; the message names it.</exception>
    public void Begin(long step) => _file.Begin((line, number) => Parse(path, line, number)?.Step <= step);

    /// <inheritdoc/>
    public void Write(TrainingMetrics metrics) => _file.Write(JsonSerializer.Serialize(metrics, MetricsJson.Default.TrainingMetrics));

    /// <summary>Reads the metrics of a file, also while it is being written; a torn last line is left out.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line before the last is damaged; the message names it.</exception>
    public static IReadOnlyList<TrainingMetrics> Read(string path) => [.. LineFile.Read(path).Select((line, i) => Parse(path, line, i + 1)).OfType<TrainingMetrics>()];

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private static TrainingMetrics? Parse(string path, string line, int number)
    {
        if (string.IsNullOrWhiteSpace(line)) return null;
        try
        {
            return JsonSerializer.Deserialize(line, MetricsJson.Default.TrainingMetrics);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}, line {number} is no metrics line: {exception.Message}", exception);
        }
    }
}
