using System.Globalization;

namespace Cs336.Training;

/// <summary>
/// Keeps metrics as comma-separated values under a header, each row written out at once, for spreadsheets and data frames. What was not
/// measured is left empty; numbers have the point and all their digits, whatever the machine's language.
/// </summary>
/// <param name="path">The file; made with its folder when the run begins.</param>
public sealed class CsvMetricSink(string path) : IMetricSink, IDisposable
{
    private const string Header =
        "step,loss,learning_rate,gradient_norm,tokens_seen,tokens_per_second,elapsed_seconds,"
        + "validation_loss,validation_bits_per_byte,skipped";
    private readonly LineFile _file = new(path);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The file begins with another header.</exception>
    public void Begin(long step) => _file.Begin((line, number) => number == 1
        ? line == Header ? true : throw new InvalidDataException(
            $"{path} begins with '{line}', but rows are to go under '{Header}': name another file.")
        : long.TryParse(line.Split(',')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long row) && row <= step, Header);

    /// <inheritdoc/>
    public void Write(TrainingMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        _file.Write(string.Create(CultureInfo.InvariantCulture,
            $"{metrics.Step},{metrics.Loss:R},{metrics.LearningRate:R},{metrics.GradientNorm:R},{metrics.TokensSeen},"
            + $"{metrics.TokensPerSecond:R},{metrics.Elapsed.TotalSeconds:R},{metrics.ValidationLoss:R},"
            + $"{metrics.ValidationBitsPerByte:R},{(metrics.Skipped ? "true" : "false")}"));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
