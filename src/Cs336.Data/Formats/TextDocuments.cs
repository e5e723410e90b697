namespace Cs336.Data;

/// <summary>Documents of a text in UTF-8: what stands between end tokens.</summary>
internal static class TextDocuments
{
    public static IEnumerable<ReadOnlyMemory<byte>> Read(Stream stream, string path, byte[] endToken, int maxLength)
    {
        DelimitedReader reader = new(stream, path, "document", endToken, maxLength);
        for (bool isFirst = true; reader.Read() is ReadOnlyMemory<byte> document; isFirst = false)
            yield return isFirst ? WithoutMark(document, path) : document;
    }

    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> text, string path)
    {
        if (text.Span is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
            throw new InvalidDataException(
                $"{path} is UTF-16 or UTF-32, of which documents are not told apart: convert it to UTF-8 first.");
        return ByteOrderMark.Skip(text);
    }
}
