using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>Writes Hugging Face's <c>tokenizer.json</c>.</summary>
internal static class HuggingFaceTokenizerJsonWriter
{
    public static void Write(BpeModel model, string[] spellings, Stream destination)
    {
        JsonWriterOptions options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using Utf8JsonWriter json = new(destination, options);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        WriteAddedTokens(json, model);
        json.WriteNull("normalizer");
        HuggingFacePreTokenizer.Write(json, model.PreTokenizer);
        json.WriteNull("post_processor");
        json.WritePropertyName("decoder");
        HuggingFacePreTokenizer.WriteByteLevel(json, useRegex: true);
        WriteModel(json, model, spellings);
        json.WriteEndObject();
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, BpeModel model)
    {
        json.WriteStartArray("added_tokens");
        foreach ((string text, int id) in model.SpecialTokens.OrderBy(token => token.Value))
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

    private static void WriteModel(Utf8JsonWriter json, BpeModel model, string[] spellings)
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
        foreach (BpeMerge merge in model.Merges) json.WriteStringValue($"{spellings[merge.Left]} {spellings[merge.Right]}");
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
