using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>Which of the formats that are JSON a file has: it tells by the names of its parts.</summary>
internal static class TokenizerJsonKind
{
    private const int MaxNameLength = 100;

    /// <summary>Looks at the names on the outermost level, as far as they are there.</summary>
    /// <param name="json">The file, or its beginning.</param>
    /// <param name="isWhole">Whether that is all of it.</param>
    /// <returns>Null where no name was found that tells.</returns>
    public static TokenizerFormat? Find(ReadOnlySpan<byte> json, bool isWhole)
    {
        Utf8JsonReader reader = new(json, isWhole, state: default);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string? name = reader.ValueSpan.Length > MaxNameLength ? null : reader.GetString();
                JsonTokenType value = reader.Read() ? reader.TokenType : JsonTokenType.None;
                if (FormatOf(name, value) is TokenizerFormat format) return format;
                if (value == JsonTokenType.None || !reader.TrySkip()) return null;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The code that reads the file will tell of the damage. Half a surrogate pair in a name is an InvalidOperationException.
        }
        return null;
    }

    private static TokenizerFormat? FormatOf(string? name, JsonTokenType value) => name switch
    {
        "model" or "added_tokens" or "normalizer" or "pre_tokenizer" or "post_processor" or "decoder" or "truncation" or "padding" =>
            TokenizerFormat.HuggingFace,
        "bpe_ranks" or "pat_str" => TokenizerFormat.TiktokenJson,
        "config" when value == JsonTokenType.StartObject => TokenizerFormat.Tekken,
        "vocab" when value == JsonTokenType.StartArray => TokenizerFormat.Tekken,
        _ => null,
    };
}
