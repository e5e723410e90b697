using System.Text;

namespace Cs336.Tokenizers;

/// <summary>A text to measure tokenizers on.</summary>
public sealed class TextCorpus
{
    private readonly Func<Stream> _open;

    private TextCorpus(string name, Func<Stream> open)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        _open = open;
    }

    /// <summary>What reports call it.</summary>
    public string Name { get; }

    /// <summary>A file of text, which is read in blocks each time it is measured.</summary>
    /// <param name="path">Where the file is.</param>
    /// <param name="name">What reports call it; the file's name by default.</param>
    /// <param name="textEncoding">How the file is encoded.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such <paramref name="textEncoding"/>.</exception>
    public static TextCorpus FromFile(string path, string? name = null, TextEncoding textEncoding = TextEncoding.Auto)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Utf8TextStream.CheckDefined(textEncoding);
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no {path}: name a file of text.", path);
        return new TextCorpus(name ?? Path.GetFileName(path), () => Utf8TextStream.OpenRead(path, textEncoding));
    }

    /// <summary>A text in memory.</summary>
    public static TextCorpus FromText(string name, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return new TextCorpus(name, () => new MemoryStream(utf8, writable: false));
    }

    /// <summary>
    /// Some documents of a file, each as likely as any other, in the order of the file. The same seed gives the same ones.
    /// </summary>
    /// <param name="path">A file of text.</param>
    /// <param name="count">How many documents; all where the file has fewer.</param>
    /// <param name="seed">Which documents of all possible choices.</param>
    /// <param name="separator">What stands between documents.</param>
    /// <param name="name">What reports call it; the file's name by default.</param>
    /// <param name="textEncoding">How the file is encoded.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    /// <exception cref="InvalidDataException">The text is in another encoding, or malformed UTF-16 or UTF-32.</exception>
    public static TextCorpus SampleDocuments(
        string path, int count, int seed = 0, string separator = "<|endoftext|>", string? name = null,
        TextEncoding textEncoding = TextEncoding.Auto)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentException.ThrowIfNullOrEmpty(separator);
        // Reservoir sampling (Vitter 1985, algorithm R): one pass, and no more than the sample in memory.
        Random random = new(seed);
        List<(long Index, byte[] Text)> sample = [];
        long index = 0;
        foreach (byte[] document in DocumentReader.Read(path, Encoding.UTF8.GetBytes(separator), textEncoding))
        {
            if (sample.Count < count) sample.Add((index, document));
            else if (random.NextInt64(index + 1) is long place && place < count) sample[(int)place] = (index, document);
            index++;
        }
        byte[] text = [.. sample.OrderBy(document => document.Index).SelectMany(document => document.Text)];
        return new TextCorpus(name ?? Path.GetFileName(path), () => new MemoryStream(text, writable: false));
    }

    /// <summary>The text from its start, in UTF-8 without a byte order mark. The caller closes it.</summary>
    /// <exception cref="InvalidDataException">The text is in another encoding.</exception>
    public Stream Open() => _open();
}
