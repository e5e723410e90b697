namespace Cs336.Tokenizers;

/// <summary>Files of counts that belong together, read as one collection whose counts are their sums.</summary>
internal sealed class CountFileSet : IPreTokenCollection
{
    private readonly Action _check;

    private CountFileSet(IReadOnlyList<PreTokenCountFile> files, Action check) => (Files, _check) = (files, check);

    public IReadOnlyList<PreTokenCountFile> Files { get; }

    /// <summary>How the text was cut, as all files say.</summary>
    public CountFileHeader Header => Files[0].Header;

    public bool IsEmpty => Files.All(file => file.Distinct == 0);

    /// <summary>Whether there was any text, be it special tokens alone.</summary>
    public bool HasText => Files.Any(file => file.Parts.Any(part => part.Bytes > 0));

    /// <summary>Opens files and checks that they can be added up.</summary>
    /// <param name="paths">Files of counts, at least one.</param>
    /// <param name="isComplete">Whether every shard of each corpus must be there.</param>
    /// <param name="check">Is called before each pre-token, and throws where the work is to end.</param>
    /// <exception cref="InvalidDataException">They cannot; the message names those that differ, or are missing.</exception>
    public static CountFileSet Open(IEnumerable<string> paths, bool isComplete, Action? check = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        List<PreTokenCountFile> files = [];
        try
        {
            foreach (string path in paths) files.Add(PreTokenCountFile.Open(path));
            if (files.Count == 0) throw new ArgumentException("There are no files of counts: name at least one.", nameof(paths));
            foreach (PreTokenCountFile file in files) CountFileHeader.CheckAlike(files[0].Header, files[0].Path, file.Header, file.Path);
            if (files.Aggregate(Int128.Zero, (sum, file) => sum + file.TextBytes) > long.MaxValue)
                throw new InvalidDataException($"The files count more than {long.MaxValue:N0} bytes of text in all.");
            CheckParts(files, isComplete);
            return new CountFileSet(files, check ?? (() => { }));
        }
        catch
        {
            foreach (PreTokenCountFile file in files) file.Dispose();
            throw;
        }
    }

    public List<CountRecordSource> OpenSources() => [.. Files.Select(file => file.OpenSource())];

    public void Visit<TVisitor>(ref TVisitor visitor)
        where TVisitor : struct, IPreTokenVisitor
    {
        Checked<TVisitor> visits = new(visitor, _check);
        new CountMerge(OpenSources()).Visit(ref visits);
        visitor = visits.Inner;
    }

    public void Dispose()
    {
        foreach (PreTokenCountFile file in Files) file.Dispose();
    }

    private static void CheckParts(IEnumerable<PreTokenCountFile> files, bool isComplete)
    {
        foreach (var corpus in files.SelectMany(file => file.Parts.Select(part => (part, file.Path))).GroupBy(item => item.part.Corpus))
        {
            (CountedShard first, string firstPath) = corpus.First();
            int count = first.Shard.Count;
            Dictionary<int, string> seen = [];
            foreach ((CountedShard part, string path) in corpus)
            {
                if (part.Shard.Count != count)
                    throw new InvalidDataException(
                        $"{firstPath} has shard {first.Shard} of {first.CorpusName}, but {path} has shard {part.Shard} of it: " +
                        "count all shards of a corpus with the same number of shards.");
                if (!seen.TryAdd(part.Shard.Index, path))
                    throw new InvalidDataException(
                        $"Shard {part.Shard} of {part.CorpusName} is in {seen[part.Shard.Index]} and again in {path}: " +
                        "it would be counted twice. Leave one of them out.");
            }
            if (!isComplete || seen.Count == count) continue;
            IEnumerable<int> indices = Enumerable.Range(0, count).Where(index => !seen.ContainsKey(index)).Take(10);
            string[] missing = [.. indices.Select(index => $"{index}/{count}")];
            throw new InvalidDataException(
                $"Of the {count} shards of {first.CorpusName}, of which {firstPath} has one, {count - seen.Count} are missing: " +
                $"{string.Join(", ", missing)}{(count - seen.Count > missing.Length ? ", ..." : "")}. " +
                "Count them, and name their files too.");
        }
    }

    private struct Checked<TVisitor>(TVisitor inner, Action check) : IPreTokenVisitor
        where TVisitor : struct, IPreTokenVisitor
    {
        public TVisitor Inner = inner;

        public void Visit(ReadOnlySpan<byte> preToken, long count)
        {
            check();
            Inner.Visit(preToken, count);
        }
    }
}
