using System.Security.Cryptography;

namespace Cs336.Tokenizers;

/// <summary>A stream, which it disposes of, and the SHA-256 of what was read from it.</summary>
internal sealed class HashedStream(Stream stream) : ReadOnlyStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public override long Length => stream.Length;

    /// <summary>How many bytes have been read.</summary>
    public long BytesRead { get; private set; }

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
        BytesRead += read;
        return read;
    }

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
