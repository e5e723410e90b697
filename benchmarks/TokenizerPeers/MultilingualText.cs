using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>
/// A text in many languages out of LibreOffice's translations, which are free (MPL 2.0) and packaged by many systems: the help's
/// pages without their markup, and the user interface's messages. Each page and each file of messages is a document.
/// </summary>
internal static partial class MultilingualText
{
    /// <summary>
    /// Writes every page (<c>.html</c>) and message (<c>.mo</c>) under a folder, in the order of their paths, and returns how many bytes.
    /// </summary>
    public static long Write(string folder, string output)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        using StreamWriter writer = new(output, append: false, new UTF8Encoding(false));
        foreach (string file in files)
        {
            string text = Path.GetExtension(file) switch
            {
                ".html" => Page(File.ReadAllText(file)),
                ".mo" => string.Join('\n', Messages(File.ReadAllBytes(file))),
                _ => "",
            };
            if (text.Length == 0) continue;
            writer.Write(text);
            writer.Write(Documents.Separator);
        }
        writer.Flush();
        return writer.BaseStream.Length;
    }

    /// <summary>What a reader of the page sees of its body: what stands around it is the same on every page.</summary>
    private static string Page(string html)
    {
        int start = html.IndexOf("id=\"DisplayArea\"", StringComparison.Ordinal);
        if (start < 0) return "";
        string text = WebUtility.HtmlDecode(Tag().Replace(html[html.IndexOf('>', start)..][1..], ""));
        return BlankLines().Replace(text, "\n").Trim();
    }

    /// <summary>The translations in a file of GNU gettext: a table of lengths and offsets, found by the header's fifth number.</summary>
    private static IEnumerable<string> Messages(byte[] file)
    {
        if (Number(0) != 0x950412DE) throw new InvalidDataException("Not a little-endian .mo file.");
        (int count, int table) = ((int)Number(8), (int)Number(16));
        // The first is the header, the translation of nothing.
        for (int i = 1; i < count; i++)
        {
            string message = Encoding.UTF8.GetString(file, (int)Number(table + 8 * i + 4), (int)Number(table + 8 * i));
            yield return message.Replace('\0', '\n');
        }

        uint Number(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(offset));
    }

    [GeneratedRegex("<script.*?</script>|<[^>]*>", RegexOptions.Singleline)]
    private static partial Regex Tag();

    [GeneratedRegex(@"[ \t]*\n\s*")]
    private static partial Regex BlankLines();
}
