namespace Cs336.Tokenizers;

/// <summary>A stretch of text for one thread to count, in a buffer that is used again.</summary>
internal sealed class TextBlock
{
    /// <summary>The usual length; a text without a place to cut makes a block longer.</summary>
    public const int UsualLength = 1 << 20;

    /// <summary>
    /// How many bytes follow the text in the buffer: a key is read from 16 bytes even where the text ends after the first of
    /// them.
    /// </summary>
    public const int Padding = PreTokenKey.BytesRead;

    private byte[] _buffer = [];

    /// <summary>What the text is called in an error.</summary>
    public string Name { get; set; } = "";

    /// <summary>Where in the named text the block starts.</summary>
    public long Offset { get; set; }

    /// <summary>The number of bytes.</summary>
    public int Length { get; set; }

    /// <summary>How many bytes of the source the block was made of; where texts are converted, not as many as its own.</summary>
    public long SourceLength { get; set; }

    /// <summary>The texts in the block that end before it does: the next one is another text.</summary>
    public List<int> TextEnds { get; } = [];

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Text => _buffer.AsSpan(0, Length);

    /// <summary>The buffer after <see cref="Length"/>, without its padding.</summary>
    public Span<byte> Free => _buffer.AsSpan(Length, Math.Max(0, _buffer.Length - Padding - Length));

    /// <summary>A text from an offset on, with the padding after it that packed reads need.</summary>
    public ReadOnlySpan<byte> Padded(int start, int length) => _buffer.AsSpan(start, length + Padding);

    /// <summary>Takes the next block of a text; its length is 0 at the text's end.</summary>
    public void Read(Utf8BlockReader reader, string name)
    {
        long start = reader.SourceEnd;
        Length = reader.Read(ref _buffer);
        SourceLength = reader.SourceEnd - start;
        Offset = reader.BlockOffset;
        Name = name;
    }

    /// <summary>Makes <see cref="Free"/> at least this long.</summary>
    public void Reserve(int length)
    {
        if (Free.Length >= length) return;
        long needed = (long)Length + length;
        if (needed > Array.MaxLength - Padding)
            throw new InvalidDataException(
                $"The text has {needed:N0} bytes without a place to cut it: break it up with spaces, newlines or special tokens.");
        // A block that has to grow will do so again, so its size doubles. One that is filled at once gets the size asked for.
        long size = Length == 0 ? needed : Math.Max(needed, 2L * Length);
        Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, size + Padding));
    }
}
