using System.Text;
using System.Text.Json;

namespace Cs336.Training;

/// <summary>
/// Keeps metrics as lines of JSON, each written out at once, so that others can follow the file and a crash costs at most the
/// line that was being written.
/// </summary>
/// <param name="path">The file; made with its folder when the run begins.</param>
public sealed class JsonLinesMetricSink(string path) : IMetricSink, IDisposable
{
    private StreamWriter? _writer;

    /// <inheritdoc/>
    public void Begin(long step)
    {
        _writer?.Dispose();
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        if (File.Exists(path))
        {
            string beside = path + ".tmp";
            File.WriteAllLines(beside, Read(path).Where(metrics => metrics.Step <= step).Select(ToJson));
            File.Move(beside, path, overwrite: true);
        }
        _writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite), new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" };
    }

    /// <inheritdoc/>
    public void Write(TrainingMetrics metrics)
    {
        if (_writer is null) throw new InvalidOperationException("The sink has not begun: call Begin before Write.");
        _writer.WriteLine(ToJson(metrics));
    }

    /// <summary>Reads the metrics of a file, also while it is being written; a torn last line is left out.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line before the last is damaged; the message names it.</exception>
    public static IReadOnlyList<TrainingMetrics> Read(string path)
    {
        using StreamReader reader = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        string[] lines = reader.ReadToEnd().Split('\n');
        List<TrainingMetrics> metrics = [];
        for (int i = 0; i < lines.Length - 1; i++) // what follows the last line end is empty or torn
        {
            if (string.IsNullOrWhiteSpace(lines[i])) continue;
            try
            {
                metrics.Add(JsonSerializer.Deserialize(lines[i], TrainingJson.Default.TrainingMetrics)!);
            }
            catch (JsonException exception)
            {
                throw new InvalidDataException($"{path}, line {i + 1} is no metrics line: {exception.Message}", exception);
            }
        }
        return metrics;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _writer?.Dispose();

    private static string ToJson(TrainingMetrics metrics) => JsonSerializer.Serialize(metrics, TrainingJson.Default.TrainingMetrics);
}
