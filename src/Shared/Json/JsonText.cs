using System.Globalization;
using System.Text.Json;

namespace Cs336.Json;

/// <summary>Finds what the JSON parser passes over until it is asked for: strings and names that are no text.</summary>
internal static class JsonText
{
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
