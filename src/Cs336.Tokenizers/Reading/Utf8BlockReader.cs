namespace Cs336.Tokenizers;

/// <summary>Reads a stream as blocks that may be tokenized apart: each ends at a safe cut, the last at the stream's end.</summary>
/// <remarks>
/// Memory stays at one block unless the text has no safe cut for longer than that; then the block grows. A block and its
/// ids are small enough that the processor's nearer caches hold them from the reading to the writing.
/// </remarks>
/// <param name="stream">The text, in UTF-8.</param>
/// <param name="findSafeCut">Finds the last place to cut a text, or 0.</param>
/// <param name="blockSize">How many bytes a block has, unless no place to cut makes it longer.</param>
/// <param name="padding">How many bytes of a buffer stay unused behind the block.</param>
/// <param name="cancellationToken">Stops the reading, also between the reads that fill a block.</param>
internal sealed class Utf8BlockReader(
    Stream stream, Func<ReadOnlySpan<byte>, int> findSafeCut, int blockSize = 1 << 18, int padding = 0,
    CancellationToken cancellationToken = default)
{
    private readonly Utf8TextStream? _text = stream as Utf8TextStream;
    private byte[] _buffer = [];
    private byte[] _beyondCut = [];
    private int _beyondCutLength;
    private int _blockLength;
    private long _textOffset;

    /// <summary>
    /// The bytes of the stream before the block that was read last; of a text that is converted, its bytes of UTF-8.
    /// </summary>
    public long BlockOffset => _textOffset + (_text?.SkippedBytes ?? 0);

    /// <summary>How far the source of the text has been read for the block that was read last.</summary>
    public long SourceEnd => _text is { IsConverted: true } ? _text.SourceBytesRead : BlockOffset + _blockLength;

    /// <summary>Whether the block that was read last is the last of the stream; where unsure, false.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>The next block, valid until the next call; empty at the end of the stream.</summary>
    public ReadOnlyMemory<byte> Read()
    {
        int length = Read(ref _buffer);
        return _buffer.AsMemory(0, length);
    }

    /// <inheritdoc cref="Read()"/>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        int end = Begin(ref _buffer);
        do
        {
            int read = 1;
            for (int full = MakeRoom(ref _buffer, end); end < full && read > 0; end += read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                read = await stream.ReadAsync(_buffer.AsMemory(end, full - end), cancellationToken).ConfigureAwait(false);
            }
            IsAtEnd = read == 0;
        }
        while (!TryCut(_buffer, end));
        return _buffer.AsMemory(0, _blockLength);
    }

    /// <summary>
    /// Reads the next block to the start of a buffer, which is replaced where it is too small, and returns its length: 0 at the end of
    /// the stream.
    /// </summary>
    public int Read(ref byte[] buffer)
    {
        int end = Begin(ref buffer);
        do
        {
            int read = 1;
            for (int full = MakeRoom(ref buffer, end); end < full && read > 0; end += read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                read = stream.Read(buffer.AsSpan(end, full - end));
            }
            IsAtEnd = read == 0;
        }
        while (!TryCut(buffer, end));
        return _blockLength;
    }

    /// <summary>Puts what was beyond the last cut to the start of a buffer, and returns its length.</summary>
    private int Begin(ref byte[] buffer)
    {
        _textOffset += _blockLength;
        _blockLength = 0;
        int needed = Math.Max(blockSize, _beyondCutLength) + padding;
        if (buffer.Length < needed) buffer = GC.AllocateUninitializedArray<byte>(needed);
        _beyondCut.AsSpan(0, _beyondCutLength).CopyTo(buffer);
        return _beyondCutLength;
    }

    /// <summary>Sees that a buffer can take more than it holds, and returns how much it can hold.</summary>
    private int MakeRoom(ref byte[] buffer, int end)
    {
        if (end == buffer.Length - padding) Grow(ref buffer);
        return buffer.Length - padding;
    }

    /// <summary>Ends the block at the last safe cut of what was read; false where there is none and there is more to read.</summary>
    private bool TryCut(byte[] buffer, int end)
    {
        int cut = IsAtEnd ? end : findSafeCut(buffer.AsSpan(0, end));
        if (cut == 0 && !IsAtEnd) return false;
        _beyondCutLength = end - cut;
        if (_beyondCut.Length < _beyondCutLength) _beyondCut = new byte[_beyondCutLength];
        buffer.AsSpan(cut, _beyondCutLength).CopyTo(_beyondCut);
        _blockLength = cut;
        return true;
    }

    private void Grow(ref byte[] buffer)
    {
        if (buffer.Length == Array.MaxLength)
            throw new InvalidDataException(
                $"The text has {buffer.Length - padding:N0} bytes without a place to cut it: break it up with spaces, " +
                "newlines or special tokens.");
        Array.Resize(ref buffer, (int)Math.Min(Array.MaxLength, 2L * buffer.Length));
    }
}
