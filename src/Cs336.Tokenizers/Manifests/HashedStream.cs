using System.Security.Cryptography;

namespace Cs336.Tokenizers;

/// <summary>A stream, which it disposes of, and the SHA-256 of what was read from it.</summary>
internal sealed class HashedStream(Stream stream) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => stream.Length;

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The SHA-256 of a file, in hexadecimal digits.</summary>
    public static string ChecksumOf(string path, CancellationToken cancellationToken)
    {
        using HashedStream file = new(FileOperations.OpenRead(path));
        return file.Finish(cancellationToken);
    }

    /// <summary>Reads what is left, and returns the hash of all in hexadecimal digits.</summary>
    public string Finish(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[1 << 20];
        while (Read(buffer) > 0) cancellationToken.ThrowIfCancellationRequested();
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public override int Read(Span<byte> buffer)
    {
        int read = stream.Read(buffer);
        _hash.AppendData(buffer[..read]);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            stream.Dispose();
            _hash.Dispose();
        }
        base.Dispose(disposing);
    }
}
