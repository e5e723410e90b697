namespace Cs336.Tokenizers;

/// <summary>Reads a stream as blocks that may be tokenized apart: each ends at a safe cut, the last at the stream's end.</summary>
/// <remarks>Memory stays at one block unless the text has no safe cut for longer than that; then the block grows.</remarks>
internal sealed class Utf8BlockReader(Stream stream, Func<ReadOnlySpan<byte>, int> findSafeCut, int blockSize = 1 << 20)
{
    private byte[] _buffer = new byte[blockSize];
    private int _start;
    private int _end;

    /// <summary>The bytes of the stream before the block that was read last.</summary>
    public long BlockOffset { get; private set; }

    /// <summary>The next block, valid until the next call; empty at the end of the stream.</summary>
    public ReadOnlyMemory<byte> Read()
    {
        BlockOffset += _start;
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        while (true)
        {
            if (_end == _buffer.Length) Grow();
            int read = stream.ReadAtLeast(_buffer.AsSpan(_end), _buffer.Length - _end, throwOnEndOfStream: false);
            _end += read;
            bool atEnd = _end < _buffer.Length;
            int cut = atEnd ? _end : findSafeCut(_buffer.AsSpan(0, _end));
            if (cut == 0 && !atEnd) continue;
            _start = cut;
            return _buffer.AsMemory(0, cut);
        }
    }

    private void Grow()
    {
        if (_buffer.Length == Array.MaxLength)
            throw new InvalidDataException(
                $"The text has {_buffer.Length:N0} bytes without a place to cut it: break it up with spaces, newlines or special tokens.");
        Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, 2L * _buffer.Length));
    }
}
