using System.Security.Cryptography;

namespace Cs336.Tokenizers;

/// <summary>
/// Writes pre-tokens in the order of their bytes as records: how many of its first bytes a pre-token shares with the one before, how many
/// more it has, these bytes, and its count. Numbers have seven bits a byte, the lowest first; the eighth says that more bytes follow.
/// </summary>
internal sealed class CountRecordWriter(Stream stream, IncrementalHash? hash = null)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _used;
    private byte[] _last = [];
    private int _lastLength;

    /// <summary>How many pre-tokens have been written.</summary>
    public long Distinct { get; private set; }

    /// <summary>How many bytes of text they are: the length of each, as often as it stands there.</summary>
    public long TextBytes { get; private set; }

    /// <exception cref="InvalidDataException">The text would have too many bytes for a number.</exception>
    public void Add(ReadOnlySpan<byte> preToken, long count)
    {
        if ((Int128)TextBytes + ((Int128)preToken.Length * count) > long.MaxValue)
            throw new InvalidDataException($"The pre-tokens come to more than {long.MaxValue:N0} bytes of text.");
        TextBytes += preToken.Length * count;
        Distinct++;
        int shared = _last.AsSpan(0, _lastLength).CommonPrefixLength(preToken);
        WriteNumber((ulong)shared);
        WriteNumber((ulong)(preToken.Length - shared));
        Write(preToken[shared..]);
        WriteNumber((ulong)count);
        if (_last.Length < preToken.Length)
        {
            byte[] longer = new byte[Math.Max(preToken.Length, Math.Min(2L * _last.Length, Array.MaxLength))];
            _last.AsSpan(0, shared).CopyTo(longer);
            _last = longer;
        }
        preToken[shared..].CopyTo(_last.AsSpan(shared));
        _lastLength = preToken.Length;
    }

    /// <summary>Writes bytes as they are.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_used == _buffer.Length) Flush();
            int length = Math.Min(bytes.Length, _buffer.Length - _used);
            bytes[..length].CopyTo(_buffer.AsSpan(_used));
            _used += length;
            bytes = bytes[length..];
        }
    }

    /// <summary>Hands everything to the stream.</summary>
    public void Flush()
    {
        hash?.AppendData(_buffer, 0, _used);
        stream.Write(_buffer, 0, _used);
        _used = 0;
    }

    private void WriteNumber(ulong value)
    {
        if (_buffer.Length - _used < 10) Flush();
        for (; value > 0x7F; value >>= 7) _buffer[_used++] = (byte)(value | 0x80);
        _buffer[_used++] = (byte)value;
    }
}
