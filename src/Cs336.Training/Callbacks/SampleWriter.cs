using System.Globalization;
using System.Text;
using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>
/// Writes what the model makes of some prompts every so many steps to a text file, each time under a line such as
/// <c>===== step 1000 =====</c>.
/// </summary>
/// <remarks>
/// The training waits meanwhile: the texts come from the model as it is at that step, and are the same whenever the run is repeated
/// with a seed. With <see cref="TrainerOptions.EmaDecay"/> it has the weights that are evaluated, so that its texts are those of
/// the checkpoint.
/// </remarks>
public sealed class SampleWriter : ITrainingCallback
{
    private readonly ILanguageModel _model;
    private readonly ITokenizer _tokenizer;
    private readonly string _path;
    private readonly IReadOnlyList<string> _prompts;
    private readonly long _every;
    private readonly GenerationOptions _options;

    /// <summary>Prepares the samples; nothing is written yet.</summary>
    /// <param name="model">The model that is trained.</param>
    /// <param name="path">The file; made with its folder when the run begins.</param>
    /// <param name="prompts">Beginnings to continue, each at least one token and shorter than the model's context.</param>
    /// <param name="every">Steps between samples; at least 1.</param>
    /// <param name="options">How to draw; null for the defaults.</param>
    public SampleWriter(ILanguageModel model, ITokenizer tokenizer, string path, IReadOnlyList<string> prompts, long every,
        GenerationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        _model = model;
        _tokenizer = tokenizer;
        _path = path;
        _prompts = prompts;
        _every = every;
        _options = options ?? new GenerationOptions();
        _options.Validate();
    }

    /// <inheritdoc/>
    public void OnBegin(long step)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        if (!File.Exists(_path)) return;
        string text = File.ReadAllText(_path);
        for (int start = FindHeader(0); start >= 0; start = FindHeader(start + 1))
        {
            ReadOnlySpan<char> rest = text.AsSpan(start + HeaderStart.Length);
            int end = rest.IndexOf(' ');
            if (end < 0 || !long.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out long sampled)) continue;
            if (sampled <= step) continue;
            using AtomicFile file = new(_path);
            file.Stream.Write(Encoding.UTF8.GetBytes(text[..start]));
            file.Commit();
            return;
        }

        int FindHeader(int from) => text.IndexOf(HeaderStart, from, StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public bool AsksModel(long step) => step % _every == 0;

    /// <inheritdoc/>
    public void OnStep(TrainingMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        if (!AsksModel(metrics.Step)) return;
        StringBuilder samples = new();
        samples.Append(CultureInfo.InvariantCulture, $"{HeaderStart}{metrics.Step} =====\n\n");
        foreach (string prompt in _prompts) samples.Append(prompt).Append(Continue(prompt)).Append("\n\n");
        using GrowingFile file = new(_path, FileMode.OpenOrCreate);
        file.Append(Encoding.UTF8.GetBytes(samples.ToString()));
    }

    private const string HeaderStart = "===== step ";

    private string Continue(string prompt)
    {
        using TextGenerator generator = new(_tokenizer, _model, _options);
        return string.Concat(generator.Stream(prompt)); // on this thread, which the training waits on
    }
}
