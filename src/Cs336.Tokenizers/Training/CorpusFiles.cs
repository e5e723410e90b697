using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>
/// The files of a corpus, one after the other, divided into shards of about equal length; the same shards on every machine that has the
/// same files.
/// </summary>
internal sealed class CorpusFiles
{
    private readonly string[] _paths;
    private readonly ICorpusReader? _reader;
    private readonly long[] _starts; // of each file among all bytes, and at the end the sum

    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">One is no file, but a pipe.</exception>
    public CorpusFiles(IEnumerable<string> paths, ICorpusReader? reader)
    {
        _paths = [.. paths];
        _reader = reader;
        if (_paths.Length == 0) throw new ArgumentException("There are no files to count: name at least one.", nameof(paths));
        _starts = new long[_paths.Length + 1];
        for (int i = 0; i < _paths.Length; i++)
        {
            using FileStream file = OpenText(_paths[i]);
            if (!file.CanSeek) throw new InvalidDataException($"{_paths[i]} is a pipe, but is read more than once: give a file.");
            _starts[i + 1] = _starts[i] + file.Length;
        }
    }

    /// <summary>What the corpus is, and which shard of it.</summary>
    /// <param name="shard">Which one, of how many.</param>
    /// <param name="bytes">How much text it turned out to have.</param>
    public CountedShard Describe(CorpusShard shard, long bytes) =>
        new(Path.GetFileName(_paths[0]), _paths.Length, Fingerprint(), shard, bytes);

    /// <summary>The texts of a shard: files, and parts of files.</summary>
    /// <param name="shard">Which one, of how many.</param>
    /// <param name="encoding">How the files are encoded.</param>
    /// <param name="findCut">See <see cref="DividedText"/>.</param>
    /// <returns>The texts, and how many bytes they have as they are stored; null where a reader makes others of them.</returns>
    /// <exception cref="InvalidDataException">A file is not UTF-8 and would have to be divided.</exception>
    public (IReadOnlyList<TextStream> Texts, long? Bytes) Open(
        CorpusShard shard, TextEncoding encoding, Func<ReadOnlySpan<byte>, int> findCut)
    {
        if (_reader is ICorpusReader reader)
        {
            if (reader.DependsOnOrder) shard.RequireWhole();
            reader.Begin();
            IEnumerable<string> whole = _paths.Where((_, i) => shard.Holds(_starts[i], _starts[^1]));
            return ([.. whole.Select(path => new TextStream(path, () => reader.Open(path), IsUtf8: true))], null);
        }
        if (shard.Count == 1) return ([.. _paths.Select(path => new TextStream(path, () => OpenText(path)))], _starts[^1]);
        long first = EvenStart(shard.Index, shard.Count), end = EvenStart(shard.Index + 1, shard.Count), bytes = 0;
        List<TextStream> texts = [];
        for (int i = 0; i < _paths.Length; i++)
        {
            if (_starts[i + 1] <= first || _starts[i] >= end) continue;
            string path = _paths[i];
            using SafeFileHandle file = FileOperations.OpenReadHandle(path);
            int mark = ReadMark(file, encoding, path);
            DividedText text = new(file, path, findCut);
            long from = Math.Max(mark, FindCut(text, i, shard.Index, shard.Count)), to = FindCut(text, i, shard.Index + 1, shard.Count);
            if (from >= to) continue;
            bytes += to - from;
            texts.Add(new TextStream(path, () => new StreamPart(OpenText(path, from), to - from), from, IsUtf8: true));
        }
        return (texts, bytes);
    }

    /// <summary>
    /// Where in a file a shard begins: at a cut between its even start and that of the next shard, so that shards stay in their order.
    /// Where there is no cut in between, the shard is empty and begins where the next one does.
    /// </summary>
    private long FindCut(DividedText text, int file, int index, int count)
    {
        long length = _starts[file + 1] - _starts[file];
        for (; EvenStart(index, count) - _starts[file] is long place && place < length; index++)
        {
            if (place <= 0) return 0; // the shard begins with the file, or in one before it
            long cut = text.FindCut(place, Math.Min(length, EvenStart(index + 1, count) - _starts[file]));
            if (cut > 0) return cut;
        }
        return length; // it begins in a later file
    }

    /// <summary>Opens a file of text, to be read once from a place to its end.</summary>
    public static FileStream OpenText(string path, long start = 0)
    {
        FileStream file = new(
            path, new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan, Share = FileOperations.ShareAll });
        if (start > 0) file.Position = start;
        return file;
    }

    private static int ReadMark(SafeFileHandle file, TextEncoding encoding, string path)
    {
        Span<byte> head = stackalloc byte[TextHead.Length];
        TextHead text = TextHead.Read(head[..FileOperations.ReadAt(file, head, 0)], encoding, path);
        if (text.Units is TextUnits units)
            throw new InvalidDataException(
                $"{path} is {units.Name}, of which only whole files are counted: convert it to UTF-8 first, or count it in one shard.");
        return text.MarkLength;
    }

    /// <summary>Where among the bytes of all files a shard would begin if they could be divided evenly.</summary>
    private long EvenStart(int index, int count) => (long)((Int128)_starts[^1] * index / count);

    private string Fingerprint()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> head = stackalloc byte[TextHead.Length];
        Span<byte> length = stackalloc byte[sizeof(long)];
        if (_reader is not null) hash.AppendData(Encoding.UTF8.GetBytes(_reader.Description));
        for (int i = 0; i < _paths.Length; i++)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(_paths[i])));
            BinaryPrimitives.WriteInt64LittleEndian(length, _starts[i + 1] - _starts[i]);
            hash.AppendData([0, .. length]);
            using SafeFileHandle file = FileOperations.OpenReadHandle(_paths[i]);
            hash.AppendData(head[..FileOperations.ReadAt(file, head, 0)]);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
