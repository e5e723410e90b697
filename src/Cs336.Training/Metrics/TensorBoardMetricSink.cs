using System.Globalization;
using System.Text.RegularExpressions;

namespace Cs336.Training;

/// <summary>
/// Keeps metrics as TensorBoard event files: <c>train/loss</c>, <c>train/learning_rate</c>, <c>train/gradient_norm</c>,
/// <c>train/tokens_per_second</c>, <c>validation/loss</c> and <c>validation/bits_per_byte</c>. Each step is written out at once, so that
/// TensorBoard follows the run, and a crash costs at most the step that was being written.
/// </summary>
/// <remarks>
/// Each sitting has a file of its own, which begins, where there are earlier ones, with the mark that makes TensorBoard forget the
/// steps that are done again. TorchSharp's own writer cannot write that mark, and takes steps of 32 bits.
/// </remarks>
/// <param name="directory">The folder of the files; made when the run begins. Its name is the run's in TensorBoard.</param>
public sealed partial class TensorBoardMetricSink(string directory) : IMetricSink, IDisposable
{
    private const string Prefix = "events.out.tfevents.";
    private EventFile? _file;

    /// <inheritdoc/>
    public void Begin(long step)
    {
        _file?.Dispose();
        Directory.CreateDirectory(directory);
        string[] earlier = [.. Directory.EnumerateFiles(directory, Prefix + "*").Select(path => Path.GetFileName(path)!)];
        _file = EventFile.Create(Path.Combine(directory, NextName(earlier)));
        if (earlier.Length > 0) _file.WriteRestart(step + 1);
    }

    /// <inheritdoc/>
    public void Write(TrainingMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        if (_file is null) throw new InvalidOperationException("The sink has not begun: call Begin before Write.");
        List<(string, double)> scalars =
        [
            ("train/loss", metrics.Loss),
            ("train/learning_rate", metrics.LearningRate),
            ("train/gradient_norm", metrics.GradientNorm),
            ("train/tokens_per_second", metrics.TokensPerSecond),
        ];
        if (metrics.ValidationLoss is double loss) scalars.Add(("validation/loss", loss));
        if (metrics.ValidationBitsPerByte is double bits) scalars.Add(("validation/bits_per_byte", bits));
        if (metrics.BatchSize is int size) scalars.Add(("train/batch_size", size));
        _file.WriteScalars(metrics.Step, scalars);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file?.Dispose();

    /// <summary>
    /// TensorBoard reads the files of a folder in the order of their names, so the new one's comes last, whatever the clock says.
    /// </summary>
    private static string NextName(IEnumerable<string> earlier)
    {
        long newest = earlier.Select(name => Time().Match(name)).Where(match => match.Success)
            .Select(match => long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();
        return string.Create(CultureInfo.InvariantCulture,
            $"{Prefix}{Math.Max(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), newest + 1):D10}.{Environment.MachineName}");
    }

    /// <summary>The seconds in a name of ours; others' names, such as that of a file put aside, have none.</summary>
    [GeneratedRegex(@"^events\.out\.tfevents\.([0-8][0-9]{9})\.")]
    private static partial Regex Time();
}
