using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>How <c>tokenizer.json</c> says what cuts text into pre-tokens.</summary>
internal static class HuggingFacePreTokenizer
{
    private const string Name = "pre_tokenizer";

    /// <summary>Patterns that are written differently and cut alike: the first of each row stands for the others.</summary>
    private static readonly string[][] Spellings =
    [
        [
            @"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
            @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
            @"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s",
        ],
        [
            @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
            @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
        ],
    ];

    /// <summary>A file says how it cuts text, and must say what the model will be used with: else ids would differ silently.</summary>
    /// <exception cref="InvalidDataException">It says something else.</exception>
    public static void Check(JsonElement root, IPreTokenizer expected, string path)
    {
        string pattern = root.TryGetProperty(Name, out JsonElement found) ? FindPattern(found) : "nothing";
        if (Canonical(pattern) != Canonical(expected.Pattern))
            throw new InvalidDataException(
                $"{path} cuts text by '{pattern}', but it is being loaded with the pattern '{expected.Pattern}': " +
                "pass a fitting pre-tokenizer.");
    }

    public static void Write(Utf8JsonWriter json, IPreTokenizer preTokenizer)
    {
        json.WritePropertyName(Name);
        if (Canonical(preTokenizer.Pattern) == Canonical(Gpt2PreTokenizer.Instance.Pattern))
        {
            WriteByteLevel(json, useRegex: true);
            return;
        }
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", preTokenizer.Pattern);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        WriteByteLevel(json, useRegex: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WriteByteLevel(Utf8JsonWriter json, bool useRegex)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }

    /// <summary>The pattern that the file cuts text by; where it cuts otherwise than by one pattern, its JSON, for the message.</summary>
    private static string FindPattern(JsonElement preTokenizer)
    {
        if (IsByteLevel(preTokenizer, usesRegex: true)) return Gpt2PreTokenizer.Instance.Pattern;
        if (Text(preTokenizer, "type") == "Sequence" && preTokenizer.TryGetProperty("pretokenizers", out JsonElement steps)
            && steps.ValueKind == JsonValueKind.Array && steps.GetArrayLength() == 2
            && IsSplit(steps[0], out string? pattern) && IsByteLevel(steps[1], usesRegex: false))
            return pattern!;
        string raw = preTokenizer.GetRawText();
        return raw.Length <= 300 ? raw : string.Concat(raw.AsSpan(0, 300), "…");
    }

    private static bool IsByteLevel(JsonElement json, bool usesRegex) =>
        Text(json, "type") == "ByteLevel" && !Flag(json, "add_prefix_space", absent: true)
        && Flag(json, "use_regex", absent: true) == usesRegex;

    /// <summary>
    /// Whether a step makes each match of its pattern a pre-token. It is written in two ways: to keep matches apart ("Isolated"), or to
    /// drop what does not match ("Removed", inverted), which is nothing, as the matches leave no gaps.
    /// </summary>
    private static bool IsSplit(JsonElement json, out string? pattern)
    {
        pattern = Text(json, "type") == "Split" && json.TryGetProperty("pattern", out JsonElement value) ? Text(value, "Regex") : null;
        return pattern is not null
            && (Text(json, "behavior"), Flag(json, "invert", absent: false)) is ("Isolated", _) or ("Removed", true);
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool Flag(JsonElement json, string name, bool absent) =>
        json.TryGetProperty(name, out JsonElement value) ? value.ValueKind == JsonValueKind.True : absent;

    private static string Canonical(string pattern) => Array.Find(Spellings, row => row.Contains(pattern))?[0] ?? pattern;
}
