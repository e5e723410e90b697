using System.Text;
using System.Text.Json;
using Cs336.Json;

namespace Cs336.Data;

/// <summary>Documents of JSON lines: an object a line, of which one field is the text.</summary>
internal static class JsonLineDocuments
{
    private const int MaxFieldsShown = 8, MaxNameShown = 40;

    public static IEnumerable<ReadOnlyMemory<byte>> Read(Stream stream, string path, string field, int maxLength)
    {
        byte[] name = Encoding.UTF8.GetBytes(field), text = [];
        DelimitedReader lines = new(stream, path, "line", "\n"u8.ToArray(), maxLength);
        for (long number = 1; lines.Read() is ReadOnlyMemory<byte> line; number++)
        {
            if (number == 1) line = ByteOrderMark.Skip(line);
            if (line.Span.Trim(" \t\r"u8).IsEmpty) continue;
            if (text.Length < line.Length) text = new byte[Math.Max(line.Length, Math.Min(2L * text.Length, Array.MaxLength))];
            yield return text.AsMemory(0, Read(line.Span, name, text, path, number));
        }
    }

    /// <summary>Copies the text of a line, and returns its length; unescaped it is never longer than the line.</summary>
    private static int Read(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, Span<byte> text, string path, long number)
    {
        int length = -1;
        Utf8JsonReader json = new(line);
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) throw Refuse(path, number, "is no JSON object", name);
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isText = json.ValueTextEquals(name);
                json.Read();
                if (!isText) json.Skip();
                else if (json.TokenType == JsonTokenType.String) length = json.CopyString(text);
                else throw Refuse(path, number, $"has the {Encoding.UTF8.GetString(name)} {Kind(json.TokenType)}", name);
            }
            while (json.Read())
            {
            }
            return length >= 0 ? length : throw Refuse(path, number, DescribeFields(line), name);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}, line {number}, is no sound JSON: {JsonMessage.Of(e)}", e);
        }
    }

    private static string DescribeFields(ReadOnlySpan<byte> line)
    {
        List<string> names = [];
        Utf8JsonReader json = new(line);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName && names.Count <= MaxFieldsShown)
        {
            string name = json.GetString()!;
            names.Add(names.Count == MaxFieldsShown ? "..." : name.Length <= MaxNameShown ? name : name[..MaxNameShown] + "...");
            json.Skip();
        }
        return names.Count == 0 ? "has no fields" : $"has the fields {string.Join(", ", names)}";
    }

    private static InvalidDataException Refuse(string path, long number, string found, ReadOnlySpan<byte> name) =>
        new($"{path}, line {number}, {found}, but must be an object with the text in the field {Encoding.UTF8.GetString(name)}.");

    private static string Kind(JsonTokenType type) => type switch
    {
        JsonTokenType.Null => "null",
        JsonTokenType.Number => "of a number",
        JsonTokenType.True or JsonTokenType.False => "of true or false",
        JsonTokenType.StartArray => "of a list",
        _ => "of an object",
    };
}
