namespace Cs336.Tokenizers;

/// <summary>Reads the documents of a file that separates them by a text.</summary>
internal static class DocumentReader
{
    /// <summary>Each document without its separator; documents of white space alone are left out.</summary>
    public static IEnumerable<byte[]> Read(
        string path, byte[] separator, TextEncoding encoding = TextEncoding.Auto, int blockSize = 1 << 16)
    {
        using Utf8TextStream file = Utf8TextStream.OpenRead(path, encoding);
        byte[] buffer = new byte[blockSize];
        int filled = 0;
        while (true)
        {
            if (filled == buffer.Length) Array.Resize(ref buffer, checked(2 * buffer.Length));
            int read = file.Read(buffer.AsSpan(filled));
            filled += read;
            int start = 0;
            for (int next = IndexOf(buffer, start, filled, separator); next >= 0; next = IndexOf(buffer, start, filled, separator))
            {
                if (HasText(buffer.AsSpan(start, next - start))) yield return buffer[start..next];
                start = next + separator.Length;
            }
            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (read > 0) continue;
            if (HasText(buffer.AsSpan(0, filled))) yield return buffer[..filled];
            yield break;
        }
    }

    private static int IndexOf(byte[] buffer, int start, int end, byte[] separator)
    {
        int found = buffer.AsSpan(start, end - start).IndexOf(separator);
        return found < 0 ? -1 : start + found;
    }

    private static bool HasText(ReadOnlySpan<byte> document) => document.ContainsAnyExcept(" \t\r\n"u8);
}
