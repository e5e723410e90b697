using System.Numerics;
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
    /// <summary>
    /// Bytes that merging takes for each byte of a distinct pre-token and the boundary after it: two or four for the symbol, the
    /// rest for lists and counts of pairs.
    /// </summary>
    private const int MemoryPerPlace = 12;

    /// <summary>
    /// Keeps <c>tokenizer.json</c> within the size that can be read: a byte of a token takes up to two bytes there, in the vocabulary and
    /// again in the merges.
    /// </summary>
    private const long MaxTokenBytes = VocabularyFile.MaxBytes / 4;

    private readonly BpeTrainerOptions _options;

    /// <summary>A trainer with these options.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public BpeTrainer(BpeTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
    }

    /// <summary>Trains on a file of text, in UTF-8 or as <see cref="BpeTrainerOptions.TextEncoding"/> says.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file holds nothing to train on, or is not valid text, or the tokens come to more than 64 MiB.
    /// </exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public BpeModel Train(
        string path, IProgress<BpeTrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        TrainFiles([path], progress, cancellationToken);

    /// <summary>
    /// Trains on several files of text, each a text of its own, in UTF-8 or as <see cref="BpeTrainerOptions.TextEncoding"/> says.
    /// </summary>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// The files hold nothing to train on, or one is not valid text, or the tokens come to more than 64 MiB.
    /// </exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public BpeModel TrainFiles(
        IEnumerable<string> paths, IProgress<BpeTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        string[] files = [.. paths];
        string name = files.Length == 1 ? files[0] : $"The {files.Length} files";
        long length = files.Sum(path => new FileInfo(path).Length);
        if (_options.Reader is not ICorpusReader reader)
            return TrainStreams(files.Select(path => new TextStream(path, () => CorpusFiles.OpenText(path))), length, name,
                leaveOpen: false, progress, cancellationToken);
        reader.Begin();
        // How long the text is that a reader makes of a file, nobody knows before.
        return TrainStreams(files.Select(path => new TextStream(path, () => reader.Open(path), IsUtf8: true)), length: null, name,
            leaveOpen: false, progress, cancellationToken);
    }

    /// <summary>
    /// Trains on a stream of text, read to its end, in UTF-8 or as <see cref="BpeTrainerOptions.TextEncoding"/> says.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The stream holds nothing to train on, or is not valid text, or the tokens come to more than 64 MiB.
    /// </exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public BpeModel Train(
        Stream text, IProgress<BpeTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        long? length = text.CanSeek ? text.Length - text.Position : null;
        TextStream stream = new("The stream", () => text);
        return TrainStreams([stream], length, stream.Name, leaveOpen: true, progress, cancellationToken);
    }

    /// <summary>
    /// Trains on strings, each a text of its own. They are asked for one after the other, but not all by the calling thread.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The texts hold nothing to train on, or one holds a lone surrogate, or the tokens come to more than 64 MiB.
    /// </exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public BpeModel TrainTexts(
        IEnumerable<string> texts, IProgress<BpeTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        using StringBlockSource source = new(texts);
        TrainingReporter reporter = MakeReporter(progress, cancellationToken);
        PreTokenCounter counter = MakeCounter(SpecialTokenMatcher.Of(_options.SpecialTokens), reporter);
        using IPreTokenCollection counts = counter.Count(source);
        return Merge(counts, reporter, $"The input of {source.TextCount} texts", isEmpty: counter.BytesRead == 0);
    }

    /// <summary>
    /// Trains on counts of pre-tokens that <see cref="CorpusCounter"/> has written, with the result of training on the texts themselves.
    /// Of each file one pre-token is in memory at a time; merging needs what it always needs.
    /// </summary>
    /// <param name="paths">
    /// Files of counts, all shards of each corpus among them, with the pattern and the special tokens of the options.
    /// </param>
    /// <param name="progress">Is told how far the merging has come.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, was counted otherwise, holds a shard that another file holds too, or a shard is missing; or there is nothing to
    /// train on, or the tokens come to more than 64 MiB.
    /// </exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public BpeModel TrainCounts(
        IEnumerable<string> paths, IProgress<BpeTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using CountFileSet counts = CountFileSet.Open(paths, isComplete: true, cancellationToken.ThrowIfCancellationRequested);
        CountFileHeader.CheckAlike(new CountFileHeader(_options.PreTokenizer.Pattern, _options.SpecialTokens, []), "The training",
            counts.Header, counts.Files[0].Path);
        string name = counts.Files.Count == 1 ? counts.Files[0].Path : $"What the {counts.Files.Count} files were counted from";
        return Merge(counts, MakeReporter(progress, cancellationToken), name, isEmpty: !counts.HasText);
    }

    private BpeModel TrainStreams(
        IEnumerable<TextStream> streams, long? length, string name, bool leaveOpen,
        IProgress<BpeTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        SpecialTokenMatcher specialTokens = SpecialTokenMatcher.Of(_options.SpecialTokens);
        using StreamBlockSource source = new(
            streams, text => specialTokens.FindSafeCut(text, _options.PreTokenizer), leaveOpen, encoding: _options.TextEncoding);
        TrainingReporter reporter = MakeReporter(progress, cancellationToken);
        reporter.BytesTotal = length;
        PreTokenCounter counter = MakeCounter(specialTokens, reporter);
        using IPreTokenCollection counts = counter.Count(source);
        return Merge(counts, reporter, name, isEmpty: counter.BytesRead == 0);
    }

    private TrainingReporter MakeReporter(IProgress<BpeTrainingProgress>? progress, CancellationToken cancellationToken) =>
        new(progress, _options.VocabSize - 256 - _options.SpecialTokens.Count, cancellationToken);

    private PreTokenCounter MakeCounter(SpecialTokenMatcher specialTokens, TrainingReporter reporter) =>
        new(_options.PreTokenizer, specialTokens, _options.ThreadCount, _options.MemoryBudget, reporter);

    /// <param name="counts">The pre-tokens of the text; disposed before the merging.</param>
    /// <param name="reporter">Is told how far the merging has come.</param>
    /// <param name="name">What messages call the text.</param>
    /// <param name="isEmpty">Whether there is no text at all, not even special tokens, which are not counted.</param>
    private BpeModel Merge(IPreTokenCollection counts, TrainingReporter reporter, string name, bool isEmpty)
    {
        if (isEmpty) throw new InvalidDataException($"{name} is empty: there is nothing to train on.");
        if (counts.IsEmpty)
            throw new InvalidDataException($"{name} holds special tokens only: there is no text to train on.");
        int symbols = _options.VocabSize - _options.SpecialTokens.Count;
        return symbols <= ushort.MaxValue ? Merge<ushort>(counts, reporter, symbols) : Merge<int>(counts, reporter, symbols);
    }

    private BpeModel Merge<TSymbol>(IPreTokenCollection counts, TrainingReporter reporter, int symbols)
        where TSymbol : unmanaged, IBinaryInteger<TSymbol>
    {
        SymbolArena<TSymbol> arena = SymbolArena<TSymbol>.Build(counts, (_options.MemoryBudget ?? long.MaxValue) / MemoryPerPlace);
        // The arena has what merging needs of them, and merging can use their memory.
        counts.Dispose();
        reporter.MinPreTokenCount = arena.MinCount;
        reporter.PrunedPreTokens = arena.Pruned;
        reporter.StartMerging();
        // Each merge leaves fewer symbols than there were, so that there are no more merges than places, however many are asked for.
        symbols = (int)Math.Min(symbols, 256L + arena.Symbols.Length);
        // By Zipf's law the last of n merges is about 1/n as frequent as the first, in English about half of that: 8n leaves room.
        PairMerger<TSymbol> merger = new(arena, symbols, _options.MinFrequency, expectedRange: 8L * symbols);
        int firstId = _options.SpecialTokens.Count;
        List<BpeMerge> merges = [];
        long bytes = 0;
        while (merger.Tokens.Count < symbols && merger.TryMerge(out int left, out int right))
        {
            bytes += merger.Tokens[merger.Tokens.Count - 1].Length;
            if (bytes > MaxTokenBytes)
                throw new InvalidDataException(
                    $"The first {merges.Count + 1} tokens have {bytes:N0} bytes in all, " +
                    $"but a vocabulary has at most {MaxTokenBytes:N0}: the text has pairs that stand once only, in long words. " +
                    "Raise min_frequency or lower vocab_size.");
            merges.Add(new BpeMerge(firstId + left, firstId + right, firstId + merger.Tokens.Count - 1));
            reporter.MergesDone(merges.Count);
        }
        return new BpeModel(
            [.. _options.SpecialTokens.Select(Encoding.UTF8.GetBytes), .. merger.Tokens.All],
            merges, _options.SpecialTokens.Select((token, id) => KeyValuePair.Create(token, id)), _options.PreTokenizer);
    }
}
