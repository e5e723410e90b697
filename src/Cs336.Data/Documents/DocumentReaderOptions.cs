namespace Cs336.Data;

/// <summary>Which documents to read of a corpus, and from where.</summary>
public sealed class DocumentReaderOptions
{
    /// <summary>The field of a JSON line, or the column of a Parquet file, that holds a document; <c>text</c> by default.</summary>
    public string Field { get; init; } = "text";

    /// <summary>
    /// The special token that ends each document; <c>&lt;|endoftext|&gt;</c> by default. In files of text it tells where documents end; a
    /// document that holds it ends there.
    /// </summary>
    public string EndToken { get; init; } = "<|endoftext|>";

    /// <summary>
    /// How much of the corpus is kept apart to validate on, from 0, the default, to below 1. What decides is a hash of the document's
    /// bytes, so that it is the same documents whatever their order, their files and the machine.
    /// </summary>
    public double ValidationFraction { get; init; }

    /// <summary>Which documents to read: all by default.</summary>
    public DocumentPart Part { get; init; }

    /// <summary>
    /// Whether a document whose bytes have been read before, in whichever file, is left out. Takes 16 bytes of memory for a distinct
    /// document, in a table that is at least three eighths full.
    /// </summary>
    public bool Deduplicate { get; init; }

    /// <summary>
    /// How many bytes a line of JSON, or a document of text, has at most: 256 MiB by default. Longer ones are refused, so that a file
    /// without ends of lines or of documents does not fill the memory. Texts of Parquet come by whole row groups, whatever this says.
    /// </summary>
    public int MaxDocumentBytes { get; init; } = 1 << 28;

    /// <summary>Throws where the options are not sound.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public void Validate()
    {
        if (string.IsNullOrEmpty(Field)) throw new ArgumentException("field is empty: name the field or the column that holds the text.");
        if (string.IsNullOrEmpty(EndToken)) throw new ArgumentException("end_token is empty: name the special token that ends a document.");
        if (!(ValidationFraction is >= 0 and < 1))
            throw new ArgumentException($"validation_fraction is {ValidationFraction}, but must be at least 0 and below 1.");
        if (MaxDocumentBytes is < 1 or > 1 << 30)
            throw new ArgumentException($"max_document_bytes is {MaxDocumentBytes:N0}, but must be 1 to {1 << 30:N0}.");
        if (!Enum.IsDefined(Part)) throw new ArgumentException($"part is {Part}, but must be All, Training or Validation.");
        if (Part != DocumentPart.All && ValidationFraction == 0)
            throw new ArgumentException($"part is {Part}, but validation_fraction is 0: set it, so that there are two parts.");
    }
}
