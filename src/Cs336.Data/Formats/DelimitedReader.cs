namespace Cs336.Data;

/// <summary>Cuts a stream at every place where a separator stands. A piece is in memory at a time.</summary>
/// <param name="stream">What is cut.</param>
/// <param name="path">Its file, for messages.</param>
/// <param name="what">What a piece is, for messages.</param>
/// <param name="separator">Where to cut.</param>
/// <param name="maxLength">How many bytes a piece has at most.</param>
internal sealed class DelimitedReader(Stream stream, string path, string what, byte[] separator, int maxLength)
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start, _end;
    private long _pieces;
    private bool _isAtEnd;

    /// <summary>The bytes up to the next separator or the stream's end, without it; null at the end.</summary>
    /// <exception cref="InvalidDataException">A piece is too long.</exception>
    public ReadOnlyMemory<byte>? Read()
    {
        int searched = 0;
        while (true)
        {
            int found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf(separator);
            if (found >= 0) return Take(searched + found, separator.Length);
            // The separator may begin in what has been read.
            searched = Math.Max(0, _end - _start - separator.Length + 1);
            if (_isAtEnd && _start == _end) return null;
            if (_isAtEnd) return Take(_end - _start, 0);
            if (searched > maxLength) throw TooLong();
            Fill();
        }
    }

    private ReadOnlyMemory<byte> Take(int length, int after)
    {
        if (length > maxLength) throw TooLong();
        ReadOnlyMemory<byte> piece = _buffer.AsMemory(_start, length);
        _start += length + after;
        _pieces++;
        return piece;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length) Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, 2L * _buffer.Length));
        int read = stream.Read(_buffer.AsSpan(_end));
        _end += read;
        _isAtEnd = read == 0;
    }

    private InvalidDataException TooLong() =>
        new($"{path}, {what} {_pieces + 1}, has more than {maxLength:N0} bytes (max_document_bytes): split it, or allow for more.");
}
