using System.Text;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>The documents of a text file, which <c>&lt;|endoftext|&gt;</c> separates.</summary>
/// <param name="Bytes">The length of the text, separators included.</param>
/// <param name="Utf8">Each document.</param>
internal sealed record Documents(long Bytes, byte[][] Utf8)
{
    public const string Separator = "<|endoftext|>";

    /// <summary>
    /// Reads the longest run of whole documents within the first bytes of a file, or of whole lines where it has no separators.
    /// </summary>
    public static Documents Read(string path, long maxBytes)
    {
        byte[] separator = Encoding.UTF8.GetBytes(Separator);
        using FileStream file = File.OpenRead(path);
        byte[] bytes = new byte[Math.Min(file.Length, maxBytes)];
        file.ReadExactly(bytes);
        ReadOnlySpan<byte> text = bytes;
        if (file.Length > maxBytes)
        {
            int end = text.LastIndexOf(separator);
            text = text[..(end >= 0 ? end + separator.Length : text.LastIndexOf((byte)'\n') + 1)];
        }
        List<byte[]> documents = [];
        foreach (Range range in Split(text, separator)) documents.Add(text[range].ToArray());
        return new Documents(text.Length, [.. documents]);
    }

    /// <summary>Each document as a string, for peers that take those.</summary>
    public string[] ToStrings() => [.. Utf8.Select(Encoding.UTF8.GetString)];

    private static List<Range> Split(ReadOnlySpan<byte> text, ReadOnlySpan<byte> separator)
    {
        List<Range> ranges = [];
        int start = 0;
        for (int next = text.IndexOf(separator); next >= 0; next = text[start..].IndexOf(separator))
        {
            ranges.Add(start..(start + next));
            start += next + separator.Length;
        }
        ranges.Add(start..text.Length);
        return ranges;
    }
}
