namespace Cs336.Tokenizers;

/// <summary>A stretch of a stream, which it disposes of: from where that stands, so many bytes.</summary>
internal sealed class StreamPart(Stream stream, long length) : ReadOnlyStream
{
    private long _left = length;

    public override int Read(Span<byte> buffer)
    {
        int read = stream.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        _left -= read;
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) stream.Dispose();
        base.Dispose(disposing);
    }
}
