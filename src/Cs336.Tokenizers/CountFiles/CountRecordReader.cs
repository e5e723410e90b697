using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>Reads what <see cref="CountRecordWriter"/> writes, and checks all of it: lengths, counts and order.</summary>
/// <param name="file">Open for reading; it stays the caller's.</param>
/// <param name="path">What messages call it.</param>
/// <param name="start">Where the records begin.</param>
/// <param name="end">Where they end.</param>
/// <param name="hash">Gets the bytes that are read; null where nobody asks.</param>
internal sealed class CountRecordReader(SafeFileHandle file, string path, long start, long end, IncrementalHash? hash = null) : ICountSource
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _at, _filled;
    private long _next = start; // where the buffer's end is in the file
    private byte[] _preToken = [];
    private int _length = -1; // before the first record

    public ReadOnlySpan<byte> PreToken => _preToken.AsSpan(0, _length);

    public ulong Prefix { get; private set; }

    public long Count { get; private set; }

    /// <summary>How many pre-tokens have been read.</summary>
    public long Distinct { get; private set; }

    /// <summary>How many bytes of text they are.</summary>
    public long TextBytes { get; private set; }

    private long Place => _next - _filled + _at;

    /// <exception cref="InvalidDataException">The records are damaged.</exception>
    public bool MoveNext()
    {
        if (Place == end) return false;
        long record = Place;
        ulong shared = ReadNumber(), added = ReadNumber();
        if (shared > (ulong)Math.Max(0, _length))
            throw Damaged(record, $"a pre-token shares {shared:N0} bytes with one of {Math.Max(0, _length):N0}");
        if (added > (ulong)(end - Place) || shared + added > (ulong)Array.MaxLength)
            throw Damaged(record, $"a pre-token has {shared + added:N0} bytes, but {end - Place:N0} are left");
        if (added == 0) throw Damaged(record, "a pre-token is empty, stands there twice or is out of order");
        int length = (int)(shared + added);
        if (_preToken.Length < length) Array.Resize(ref _preToken, (int)Math.Max(length, Math.Min(2L * _preToken.Length, Array.MaxLength)));
        // In order, the first byte that is not shared is greater than the one that it takes the place of.
        int replaced = shared < (ulong)Math.Max(0, _length) ? _preToken[(int)shared] : -1;
        ReadBytes(_preToken.AsSpan((int)shared, (int)added));
        if (_preToken[(int)shared] <= replaced) throw Damaged(record, "a pre-token stands there twice or is out of order");
        _length = length;
        Prefix = CountOrder.PrefixOf(PreToken);
        ulong count = ReadNumber();
        if (count is 0 or > long.MaxValue || (Int128)TextBytes + ((Int128)length * count) > long.MaxValue)
            throw Damaged(record, $"a pre-token of {length:N0} bytes has the count {count:N0}");
        Count = (long)count;
        TextBytes += length * Count;
        Distinct++;
        return true;
    }

    /// <summary>Reads bytes as they are.</summary>
    /// <exception cref="InvalidDataException">There are not so many.</exception>
    public void ReadBytes(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_at == _filled) Fill();
            int length = Math.Min(bytes.Length, _filled - _at);
            _buffer.AsSpan(_at, length).CopyTo(bytes);
            _at += length;
            bytes = bytes[length..];
        }
    }

    private InvalidDataException Damaged(long place, string what) =>
        new($"{path} is damaged at byte {place}: {what}. Count anew, or copy the file again.");

    private ulong ReadNumber()
    {
        long start = Place;
        ulong value = 0;
        for (int shift = 0; shift <= 63; shift += 7)
        {
            if (_at == _filled) Fill();
            byte next = _buffer[_at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next <= 0x7F) return shift == 63 && next > 1 ? throw Damaged(start, "a number has more than 64 bits") : value;
        }
        throw Damaged(start, "a number has more than 64 bits");
    }

    private void Fill()
    {
        int wanted = (int)Math.Min(_buffer.Length, end - _next);
        if (wanted == 0) throw Damaged(end, "the records end within one");
        _filled = RandomAccess.Read(file, _buffer.AsSpan(0, wanted), _next);
        if (_filled == 0) throw Damaged(_next, "the file has become shorter");
        hash?.AppendData(_buffer, 0, _filled);
        _at = 0;
        _next += _filled;
    }
}
