using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>
/// A file of pre-tokens with their counts, as <see cref="CorpusCounter"/> writes it: what a vocabulary is trained on. Counts are sums, so
/// that those of the shards of a corpus, added up, are those of the corpus.
/// </summary>
public sealed class PreTokenCountFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly CountFileLayout _layout;

    private PreTokenCountFile(SafeFileHandle handle, string path)
    {
        Path = path;
        _handle = handle;
        _layout = CountFileLayout.Read(handle, path);
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>The pattern that cut the text: see <see cref="IPreTokenizer.Pattern"/>.</summary>
    public string Pattern => _layout.Header.Pattern;

    /// <summary>The special tokens that divided the text, in the order of their ids.</summary>
    public IReadOnlyList<string> SpecialTokens => _layout.Header.SpecialTokens;

    /// <summary>What was counted: one shard, or in a file that was added up several.</summary>
    public IReadOnlyList<CountedShard> Parts => _layout.Header.Parts;

    /// <summary>How many distinct pre-tokens there are.</summary>
    public long Distinct => _layout.Distinct;

    /// <summary>How many bytes of text they stand for; special tokens are not among them.</summary>
    public long TextBytes => _layout.TextBytes;

    internal CountFileHeader Header => _layout.Header;

    /// <summary>Opens a file. Its beginning and its end are read; the rest is checked when it is read.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is of another kind or version, or damaged.</exception>
    public static PreTokenCountFile Open(string path)
    {
        SafeFileHandle handle = FileOperations.OpenReadHandle(path);
        try
        {
            return new PreTokenCountFile(handle, path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Adds up files into one, which stands for all of them. Of each file one pre-token is in memory at a time. The file appears when it
    /// is whole.
    /// </summary>
    /// <param name="paths">Files of the same pattern and special tokens, and of different shards; some may still be missing.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, two count different pre-tokens, or two hold the same shard; the message names them.
    /// </exception>
    public static void Merge(IEnumerable<string> paths, string output, CancellationToken cancellationToken = default)
    {
        using CountFileSet files = CountFileSet.Open(paths, isComplete: false);
        CountFileHeader header = files.Header with { Parts = [.. files.Files.SelectMany(file => file.Parts)] };
        List<CountRecordSource> sources = files.OpenSources();
        CountFileWriter.Write(output, header, new CountMerge(sources), cancellationToken.ThrowIfCancellationRequested);
    }

    /// <summary>What cuts text by <see cref="Pattern"/>.</summary>
    /// <exception cref="InvalidDataException">The pattern is none that can be followed here.</exception>
    public IPreTokenizer CreatePreTokenizer()
    {
        try
        {
            return PreTokenizers.Find(Pattern) ?? new PatternPreTokenizer(Pattern);
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"{Path} has a pattern that cannot be followed: {e.Message}", e);
        }
    }

    /// <summary>Every pre-token, in the order of its bytes, with its count. The memory is valid until the next one is asked for.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, which may be told only after its last pre-token.</exception>
    public IEnumerable<(ReadOnlyMemory<byte> PreToken, long Count)> Read()
    {
        CountRecordSource source = OpenSource();
        byte[] bytes = [];
        while (source.MoveNext())
        {
            int length = source.PreToken.Length;
            if (bytes.Length < length) bytes = new byte[Math.Max(length, 256)];
            source.PreToken.CopyTo(bytes);
            yield return (bytes.AsMemory(0, length), source.Count);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    internal CountRecordSource OpenSource() => new(_handle, Path, _layout);
}
