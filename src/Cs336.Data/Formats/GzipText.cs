using System.IO.Compression;
using System.Security.Cryptography;
using Cs336.Tokenizers;

namespace Cs336.Data;

/// <summary>
/// Unpacks a gzip file of any number of members, and sees that it is whole: .NET's stream ends as if nothing were wrong where a file is cut
/// short, and where something else comes after its members.
/// </summary>
/// <remarks>
/// A member with random bytes is put behind the file. Whole, the file unpacks to its text and then to these bytes; cut short or with
/// something else at its end it does not. They are held back, so that nobody sees them.
/// </remarks>
internal sealed class GzipText : ReadOnlyStream
{
    private const int SealLength = 32;

    private readonly byte[] _seal = RandomNumberGenerator.GetBytes(SealLength);
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly GZipStream _unpacked;
    private int _start, _end;
    private bool _isAtEnd;

    /// <summary>Unpacks a file, which it disposes of.</summary>
    public GzipText(Stream file)
    {
        MemoryStream member = new();
        using (GZipStream packing = new(member, CompressionLevel.Fastest, leaveOpen: true)) packing.Write(_seal);
        member.Position = 0;
        _unpacked = new GZipStream(new SealedFile(file, member), CompressionMode.Decompress);
    }

    public override int Read(Span<byte> buffer)
    {
        while (_end - _start <= SealLength && !_isAtEnd) Fill();
        int length = Math.Min(buffer.Length, Math.Max(0, _end - _start - SealLength));
        _buffer.AsSpan(_start, length).CopyTo(buffer);
        _start += length;
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _unpacked.Dispose();
        base.Dispose(disposing);
    }

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        int read = _unpacked.Read(_buffer.AsSpan(_end));
        _end += read;
        _isAtEnd = read == 0;
        if (_isAtEnd && !_buffer.AsSpan(0, _end).SequenceEqual(_seal))
            throw new InvalidDataException("it ends amidst its data, or with bytes that are not gzip.");
    }

    /// <summary>A file, and what is put behind it.</summary>
    private sealed class SealedFile(Stream file, Stream member) : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer) => file.Read(buffer) is int read and > 0 ? read : member.Read(buffer);

        protected override void Dispose(bool disposing)
        {
            if (disposing) file.Dispose();
            base.Dispose(disposing);
        }
    }
}
