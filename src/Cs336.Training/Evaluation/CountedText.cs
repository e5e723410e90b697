using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>A stream that counts what is read from it; the source stays the caller's.</summary>
internal sealed class CountedText(Stream source) : ReadOnlyStream
{
    /// <summary>Bytes read so far.</summary>
    public long Count { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        int read = source.Read(buffer);
        Count += read;
        return read;
    }
}
