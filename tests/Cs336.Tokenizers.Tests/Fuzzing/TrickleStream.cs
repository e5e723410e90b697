namespace Cs336.Tokenizers.Tests;

/// <summary>A stream that gives a few bytes at a time, as a network does.</summary>
internal sealed class TrickleStream(byte[] bytes, Random random) : MemoryStream(bytes)
{
    // The other overloads come down to this one in a derived class.
    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1 + random.Next(97)));
}
