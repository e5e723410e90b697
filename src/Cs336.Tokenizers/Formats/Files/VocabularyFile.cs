using System.Text.Json;
using Cs336.Json;

namespace Cs336.Tokenizers;

/// <summary>Reads vocabulary files that may come from anywhere: a bad one gives an error that names it, and nothing worse.</summary>
internal static class VocabularyFile
{
    /// <summary>Several times the largest vocabularies in use, and little enough to be read into memory.</summary>
    public const int MaxBytes = 256 << 20;

    private const int MaxQuoteLength = 60, MaxIdsPerToken = 8, FewIds = 1 << 16;

    /// <summary>A file of text as UTF-8 without a byte order mark.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is larger than <see cref="MaxBytes"/>, or malformed UTF-16 or UTF-32, or looks like it and has no byte order mark.
    /// </exception>
    public static byte[] ReadText(string path) => ToUtf8(ReadBytes(path), path);

    /// <summary>A file that is no text, as it is.</summary>
    /// <exception cref="InvalidDataException">The file is larger than <see cref="MaxBytes"/>.</exception>
    public static byte[] ReadBytes(string path)
    {
        CheckSize(path);
        return File.ReadAllBytes(path);
    }

    /// <summary>
    /// The bytes of a text as UTF-8 without a byte order mark; unchanged where they are that already. Editors write the mark, and
    /// PowerShell's redirection writes UTF-16.
    /// </summary>
    /// <param name="text">The text as it was read.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">It is malformed UTF-16 or UTF-32, or looks like it and has no byte order mark.</exception>
    public static byte[] ToUtf8(byte[] text, string name)
    {
        TextHead head = TextHead.Read(text.AsSpan(0, Math.Min(text.Length, TextHead.Length)), TextEncoding.Auto, name);
        if (head.Units is null) return head.MarkLength == 0 ? text : text[head.MarkLength..];
        using Utf8TextStream stream = new(new MemoryStream(text), TextEncoding.Auto, name);
        using MemoryStream utf8 = new();
        stream.CopyTo(utf8);
        return utf8.ToArray();
    }

    /// <exception cref="InvalidDataException">The file is larger than <see cref="MaxBytes"/>.</exception>
    public static void CheckSize(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > MaxBytes)
            throw new InvalidDataException(
                $"{path} has {length:N0} bytes, but vocabulary files have at most {MaxBytes:N0}: is it another kind of file?");
    }

    /// <summary>
    /// The most ids that a number of tokens may be spread over: ids may be left out, but a file with one huge id must not take all memory.
    /// </summary>
    public static long MaxIds(int tokens) => Math.Max(FewIds, (long)MaxIdsPerToken * tokens);

    /// <summary>Parses a JSON file, which must not have the same key twice in an object, and hands its root to a reader.</summary>
    /// <exception cref="InvalidDataException">The file is no such JSON; the message gives the place.</exception>
    public static T ReadJson<T>(string path, Func<JsonElement, T> read) => ReadJson(path, ReadText(path), read);

    /// <summary>The same for the content of a file, in UTF-8.</summary>
    /// <exception cref="InvalidDataException">It is no such JSON; the message gives the place.</exception>
    public static T ReadJson<T>(string path, ReadOnlyMemory<byte> bytes, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return read(json.RootElement);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not valid JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // The parser looks into strings only when they are asked for, and says so in this way.
            throw new InvalidDataException(
                $"{path} holds a string at {JsonText.FindBroken(bytes.Span)} that is not valid text: half a surrogate pair or bad UTF-8.",
                e);
        }
    }

    /// <summary>A text from a file, for a message: in quotes, on one line, and cut where it is long.</summary>
    public static string Quote(string text)
    {
        string shown = text.Length <= MaxQuoteLength ? text : $"{text.AsSpan(0, MaxQuoteLength)}…";
        return $"'{string.Concat(shown.Select(value => char.IsControl(value) ? $"\\u{(int)value:x4}" : value.ToString()))}'";
    }
}
