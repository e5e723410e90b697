using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>Writes Hugging Face's <c>tokenizer.json</c>.</summary>
internal static class HuggingFaceTokenizerJsonWriter
{
    public static void Write(BpeVocabulary vocabulary, string[] spellings, Stream destination)
    {
        JsonWriterOptions options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using Utf8JsonWriter json = new(destination, options);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        WriteAddedTokens(json, vocabulary);
        json.WriteNull("normalizer");
        HuggingFacePreTokenizer.Write(json, vocabulary.PreTokenizer);
        json.WriteNull("post_processor");
        json.WritePropertyName("decoder");
        HuggingFacePreTokenizer.WriteByteLevel(json, useRegex: true);
        WriteModel(json, vocabulary, spellings);
        json.WriteEndObject();
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, BpeVocabulary vocabulary)
    {
        json.WriteStartArray("added_tokens");
        foreach ((string text, int id) in vocabulary.SpecialTokens.OrderBy(token => token.Value))
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", text);
            json.WriteBoolean("single_word", false);
            json.WriteBoolean("lstrip", false);
            json.WriteBoolean("rstrip", false);
            json.WriteBoolean("normalized", false);
            json.WriteBoolean("special", true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteModel(Utf8JsonWriter json, BpeVocabulary vocabulary, string[] spellings)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WritePropertyName("vocab");
        Gpt2Vocabulary.WriteVocabulary(json, spellings);
        json.WriteStartArray("merges");
        foreach (BpeMerge merge in vocabulary.Merges) json.WriteStringValue($"{spellings[merge.Left]} {spellings[merge.Right]}");
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
