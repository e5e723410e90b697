using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cs336.Tokenizers;

namespace Cs336.Data;

/// <summary>
/// Reads the documents of files as one text, each with the end token after it. Files are JSON lines or text, both also packed by gzip or
/// zstd, or Parquet; a file's name tells which. Documents without any text are left out.
/// </summary>
/// <remarks>
/// One document is in memory at a time; of Parquet, the column of one row group. For one thread and one corpus at a time: with
/// <see cref="DocumentReaderOptions.Deduplicate"/> it remembers what it has read of the corpus.
/// </remarks>
public sealed class DocumentReader : ICorpusReader
{
    private readonly DocumentReaderOptions _options;
    private readonly byte[] _endToken;
    private DocumentSet? _seen;

    /// <summary>A reader that has read nothing.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public DocumentReader(DocumentReaderOptions? options = null)
    {
        _options = options ?? new DocumentReaderOptions();
        _options.Validate();
        _endToken = Encoding.UTF8.GetBytes(_options.EndToken);
        Begin();
    }

    /// <inheritdoc/>
    public string EndToken => _options.EndToken;

    /// <inheritdoc/>
    public string Description => string.Create(CultureInfo.InvariantCulture,
        $"documents of {_options.Field}, {_options.Part} by {_options.ValidationFraction}, distinct {_options.Deduplicate}, {EndToken}");

    /// <inheritdoc/>
    public bool DependsOnOrder => _options.Deduplicate;

    /// <summary>How many documents of the corpus have been given out.</summary>
    public long Documents { get; private set; }

    /// <summary>How many were left out, as they had been read before.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Whether a file's name is that of documents rather than of plain text.</summary>
    public static bool IsDocuments(string path) => DocumentFile.KindOf(path) != (DocumentKind.Text, DocumentPacking.None);

    /// <inheritdoc/>
    public void Begin()
    {
        _seen = _options.Deduplicate ? new DocumentSet() : null;
        (Documents, Duplicates) = (0, 0);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">
    /// While it is read: the file is damaged, or a document is not as it must be; the message names the file and the line.
    /// </exception>
    public Stream Open(string path) => new DocumentStream(Read(path), _endToken);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The file is damaged, or a document is not as it must be.</exception>
    public void Pass(string path, CancellationToken cancellationToken)
    {
        if (_seen is null) return;
        foreach (ReadOnlyMemory<byte> _ in Read(path)) cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>The documents of a file that are wanted, in UTF-8; each is valid until the next one is asked for.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or a document is not as it must be.</exception>
    public IEnumerable<ReadOnlyMemory<byte>> Read(string path)
    {
        foreach (ReadOnlyMemory<byte> document in DocumentFile.Read(
            path, _options.Field, _endToken, _options.MaxDocumentBytes))
        {
            if (document.IsEmpty || !IsWanted(document.Span)) continue;
            Documents++;
            yield return document;
        }
    }

    private bool IsWanted(ReadOnlySpan<byte> document)
    {
        if (_seen is null && _options.Part == DocumentPart.All) return true;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(document, hash);
        if (_options.Part != DocumentPart.All)
        {
            bool validates = BinaryPrimitives.ReadUInt64BigEndian(hash) < _options.ValidationFraction * Math.Pow(2, 64);
            if (validates != (_options.Part == DocumentPart.Validation)) return false;
        }
        if (_seen is null || _seen.Add(BinaryPrimitives.ReadUInt128BigEndian(hash[16..]))) return true;
        Duplicates++;
        return false;
    }
}
