namespace Cs336.Tokenizers;

/// <summary>
/// Counts the pre-tokens of a corpus, all of it or one shard, into a file. So several machines can share the counting of a large corpus:
/// <see cref="BpeTrainer.TrainCounts"/> makes of their files the same vocabulary as one machine makes of the texts.
/// </summary>
public sealed class CorpusCounter
{
    private const long SortedBytes = 1 << 28;

    private readonly BpeTrainerOptions _options;

    /// <summary>A counter with these options.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public CorpusCounter(CorpusCounterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.ToTrainerOptions();
    }

    /// <summary>Counts a shard of files of text, each a text of its own. The file appears when it is whole.</summary>
    /// <param name="paths">All files of the corpus, in the same order for every shard.</param>
    /// <param name="output">The file of counts to write.</param>
    /// <param name="shard">Which shard; null for all of it. Files are divided where no pre-token and no special token is cut.</param>
    /// <param name="progress">Is told how far the counting has come.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The file, open.</returns>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is not valid text, or UTF-16 that would have to be divided.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public PreTokenCountFile CountFiles(
        IEnumerable<string> paths, string output, CorpusShard? shard = null, IProgress<BpeTrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentException.ThrowIfNullOrEmpty(output);
        shard ??= CorpusShard.Whole;
        CorpusFiles files = new(paths, _options.Reader);
        TrainingReporter reporter = new(progress, mergesTotal: 0, cancellationToken);
        SpecialTokenMatcher specialTokens = SpecialTokenMatcher.Of(_options.SpecialTokens);
        (IReadOnlyList<TextStream> texts, reporter.BytesTotal) = files.Open(
            shard, _options.TextEncoding, text => specialTokens.FindSafeCutAmidst(text, _options.PreTokenizer));
        using StreamBlockSource source = new(
            texts, text => specialTokens.FindSafeCut(text, _options.PreTokenizer), leaveOpen: false, encoding: _options.TextEncoding);
        PreTokenCounter counter = new(
            _options.PreTokenizer, specialTokens, _options.ThreadCount, _options.MemoryBudget, reporter);
        using CountSorter sorter = new(Math.Min(SortedBytes, (_options.MemoryBudget ?? long.MaxValue) / 4));
        using (IPreTokenCollection counts = counter.Count(source))
        {
            Sorting sorting = new(sorter, reporter);
            counts.Visit(ref sorting);
        }
        CountFileHeader header = new(_options.PreTokenizer.Pattern, _options.SpecialTokens, [files.Describe(shard, counter.BytesRead)]);
        CountFileWriter.Write(output, header, sorter.Read(), reporter.ThrowIfCancelled);
        return PreTokenCountFile.Open(output);
    }

    private readonly struct Sorting(CountSorter sorter, TrainingReporter reporter) : IPreTokenVisitor
    {
        public void Visit(ReadOnlySpan<byte> preToken, long count)
        {
            reporter.ThrowIfCancelled();
            sorter.Add(preToken, count);
        }
    }
}
