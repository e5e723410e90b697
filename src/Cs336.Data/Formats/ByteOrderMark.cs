namespace Cs336.Data;

/// <summary>The bytes that some programs put before UTF-8, and that are no text.</summary>
internal static class ByteOrderMark
{
    private static ReadOnlySpan<byte> Utf8 => [0xEF, 0xBB, 0xBF];

    /// <summary>What comes after it, where there is one.</summary>
    public static ReadOnlyMemory<byte> Skip(ReadOnlyMemory<byte> text) => text.Span.StartsWith(Utf8) ? text[Utf8.Length..] : text;
}
