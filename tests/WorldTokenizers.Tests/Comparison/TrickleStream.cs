namespace WorldTokenizers.Tests.Comparison;

/// <summary>A stream that gives a few bytes at a time, so that it ends inside of characters and tokens.</summary>
internal sealed class TrickleStream(byte[] bytes, int maxBytes) : MemoryStream(bytes)
{
    private readonly Random _random = new(maxBytes);

    // The other overloads come down to this one in a derived class.
    public override int Read(byte[] buffer, int offset, int count) =>
        base.Read(buffer, offset, Math.Min(count, 1 + _random.Next(maxBytes)));
}
