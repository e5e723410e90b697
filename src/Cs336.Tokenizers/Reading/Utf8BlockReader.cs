namespace Cs336.Tokenizers;

/// <summary>Reads a stream as blocks that may be tokenized apart: each ends at a safe cut, the last at the stream's end.</summary>
/// <remarks>
/// Memory stays at one block unless the text has no safe cut for longer than that; then the block grows. A block and its
/// ids are small enough that the processor's nearer caches hold them from the reading to the writing.
/// </remarks>
/// <param name="stream">The text.</param>
/// <param name="findSafeCut">Finds the last place to cut a text, or 0.</param>
/// <param name="blockSize">How many bytes a block has, unless no place to cut makes it longer.</param>
/// <param name="padding">How many bytes of a buffer stay unused behind the block.</param>
internal sealed class Utf8BlockReader(
    Stream stream, Func<ReadOnlySpan<byte>, int> findSafeCut, int blockSize = 1 << 18, int padding = 0)
{
    private byte[] _buffer = [];
    private byte[] _beyondCut = [];
    private int _beyondCutLength;
    private int _blockLength;

    /// <summary>The bytes of the stream before the block that was read last.</summary>
    public long BlockOffset { get; private set; }

    /// <summary>Whether the block that was read last is the last of the stream; where unsure, false.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>The next block, valid until the next call; empty at the end of the stream.</summary>
    public ReadOnlyMemory<byte> Read()
    {
        int length = Read(ref _buffer);
        return _buffer.AsMemory(0, length);
    }

    /// <summary>
    /// Reads the next block to the start of a buffer, which is replaced where it is too small, and returns its length: 0 at the end of
    /// the stream.
    /// </summary>
    public int Read(ref byte[] buffer)
    {
        BlockOffset += _blockLength;
        int needed = Math.Max(blockSize, _beyondCutLength) + padding;
        if (buffer.Length < needed) buffer = GC.AllocateUninitializedArray<byte>(needed);
        _beyondCut.AsSpan(0, _beyondCutLength).CopyTo(buffer);
        int end = _beyondCutLength;
        while (true)
        {
            if (end == buffer.Length - padding) Grow(ref buffer);
            Span<byte> free = buffer.AsSpan(end, buffer.Length - padding - end);
            int read = stream.ReadAtLeast(free, free.Length, throwOnEndOfStream: false);
            end += read;
            IsAtEnd = read < free.Length;
            int cut = IsAtEnd ? end : findSafeCut(buffer.AsSpan(0, end));
            if (cut == 0 && !IsAtEnd) continue;
            _beyondCutLength = end - cut;
            if (_beyondCut.Length < _beyondCutLength) _beyondCut = new byte[_beyondCutLength];
            buffer.AsSpan(cut, _beyondCutLength).CopyTo(_beyondCut);
            return _blockLength = cut;
        }
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
