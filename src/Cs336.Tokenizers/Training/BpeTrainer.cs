using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Trains a byte-level BPE vocabulary.</summary>
/// <remarks>
/// The text is divided at special tokens and cut into pre-tokens; then the most frequent pair of neighbouring tokens
/// within a pre-token becomes a token, again and again (Sennrich et al. 2016). Of equally frequent pairs the
/// lexicographically greater pair of byte strings goes first. Ids: special tokens in the order given, the 256 bytes,
/// merges in order of creation.
/// </remarks>
public sealed class BpeTrainer
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly BpeTrainerOptions _options;

    /// <summary>A trainer with these options.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public BpeTrainer(BpeTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
    }

    /// <summary>Trains on a file of UTF-8 text.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file holds nothing to train on, or is not valid UTF-8.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public BpeModel Train(
        string path, IProgress<BpeTrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        TrainFiles([path], progress, cancellationToken);

    /// <summary>Trains on several files of UTF-8 text, each a text of its own.</summary>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">The files hold nothing to train on, or one is not valid UTF-8.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public BpeModel TrainFiles(
        IEnumerable<string> paths, IProgress<BpeTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        string[] files = [.. paths];
        TrainingClock clock = Start(progress, cancellationToken, out PreTokenCounter counter);
        clock.BytesTotal = files.Sum(path => new FileInfo(path).Length);
        long bytes = 0;
        foreach (string path in files)
        {
            using FileStream file = File.OpenRead(path);
            bytes += counter.Read(file, path);
        }
        return Merge(counter, clock, files.Length == 1 ? files[0] : $"The {files.Length} files", bytes);
    }

    /// <summary>Trains on a stream of UTF-8 text, read to its end.</summary>
    /// <exception cref="InvalidDataException">The stream holds nothing to train on, or is not valid UTF-8.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public BpeModel Train(
        Stream utf8Text, IProgress<BpeTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(utf8Text);
        TrainingClock clock = Start(progress, cancellationToken, out PreTokenCounter counter);
        if (utf8Text.CanSeek) clock.BytesTotal = utf8Text.Length - utf8Text.Position;
        long bytes = counter.Read(utf8Text, "The stream");
        return Merge(counter, clock, "The stream", bytes);
    }

    /// <summary>Trains on strings, each a text of its own.</summary>
    /// <exception cref="InvalidDataException">The texts hold nothing to train on, or one holds a lone surrogate.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public BpeModel TrainTexts(
        IEnumerable<string> texts, IProgress<BpeTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        TrainingClock clock = Start(progress, cancellationToken, out PreTokenCounter counter);
        long bytes = 0;
        int index = 0;
        foreach (string text in texts)
        {
            bytes += counter.Read(new MemoryStream(ToUtf8(text, index)), $"Text {index}");
            index++;
        }
        return Merge(counter, clock, $"The input of {index} texts", bytes);
    }

    private static byte[] ToUtf8(string text, int index)
    {
        try
        {
            return StrictUtf8.GetBytes(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new InvalidDataException($"Text {index} holds a lone surrogate at character {e.Index}: repair the string first.", e);
        }
    }

    private TrainingClock Start(
        IProgress<BpeTrainingProgress>? progress, CancellationToken cancellationToken, out PreTokenCounter counter)
    {
        TrainingClock clock = new(progress, _options.VocabSize - 256 - _options.SpecialTokens.Count, cancellationToken);
        counter = new PreTokenCounter(_options.PreTokenizer, _options.SpecialTokens, clock);
        return clock;
    }

    private BpeModel Merge(PreTokenCounter counter, TrainingClock clock, string name, long bytes)
    {
        if (bytes == 0) throw new InvalidDataException($"{name} is empty: there is nothing to train on.");
        if (counter.Counts.Count == 0)
            throw new InvalidDataException($"{name} holds special tokens only: there is no text to train on.");

        List<byte[]> vocabulary = [.. _options.SpecialTokens.Select(Encoding.UTF8.GetBytes)];
        int firstByteId = vocabulary.Count;
        for (int value = 0; value < 256; value++) vocabulary.Add([(byte)value]);

        clock.StartMerging();
        PairMerger merger = new(counter.Counts, vocabulary, firstByteId);
        List<BpeMerge> merges = [];
        while (vocabulary.Count < _options.VocabSize && merger.TryMerge(_options.MinFrequency, out BpeMerge merge))
        {
            merges.Add(merge);
            clock.MergesDone(merges.Count);
        }
        return new BpeModel(
            vocabulary, merges, _options.SpecialTokens.Select((token, id) => KeyValuePair.Create(token, id)), _options.PreTokenizer);
    }
}
