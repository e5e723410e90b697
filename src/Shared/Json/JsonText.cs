using System.Globalization;
using System.Text.Json;

namespace Cs336.Json;

/// <summary>
/// What the JSON parser does not see to: byte order marks, and strings and names that are no text, which it passes over until it is asked
/// for them.
/// </summary>
internal static class JsonText
{
    /// <summary>
    /// A text without the byte order mark that some editors put at the start of a file and some readers leave there; the parser takes it
    /// for a wrong character.
    /// </summary>
    public static string WithoutByteOrderMark(string text) => text.StartsWith('\uFEFF') ? text[1..] : text;

    /// <summary>
    /// Where the first string or name is that holds half a surrogate pair or bad UTF-8, such as <c>line 3, byte 17</c>; null where there
    /// is none.
    /// </summary>
    /// <param name="utf8">JSON, which may be damaged otherwise.</param>
    public static string? FindBroken(ReadOnlySpan<byte> utf8)
    {
        Utf8JsonReader reader = new(
            utf8, new JsonReaderOptions { MaxDepth = 1000, CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        try
        {
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && !IsText(ref reader))
                    return Place(utf8[..(int)reader.TokenStartIndex]);
        }
        catch (JsonException)
        {
        }
        return null;
    }

    private static bool IsText(ref Utf8JsonReader reader)
    {
        try
        {
            reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string Place(ReadOnlySpan<byte> before)
    {
        int line = before.Count((byte)'\n') + 1, column = before.Length - before.LastIndexOf((byte)'\n');
        return string.Create(CultureInfo.InvariantCulture, $"line {line}, byte {column}");
    }
}
