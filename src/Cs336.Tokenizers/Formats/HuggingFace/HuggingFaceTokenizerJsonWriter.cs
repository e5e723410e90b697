using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>Writes Hugging Face's <c>tokenizer.json</c>.</summary>
internal static class HuggingFaceTokenizerJsonWriter
{
    public static void Write(BpeVocabulary vocabulary, string?[] spellings, Stream destination)
    {
        JsonWriterOptions options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using Utf8JsonWriter json = new(destination, options);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        WriteAddedTokens(json, vocabulary);
        WriteSections(json, vocabulary.Parts, spellings);
        WriteModel(json, vocabulary, spellings);
        json.WriteEndObject();
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, BpeVocabulary vocabulary)
    {
        json.WriteStartArray("added_tokens");
        foreach (AddedToken token in vocabulary.Parts.AddedTokens.OrderBy(token => token.Id))
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Text);
            json.WriteBoolean("single_word", token.IsSingleWord);
            json.WriteBoolean("lstrip", token.TakesSpaceBefore);
            json.WriteBoolean("rstrip", token.TakesSpaceAfter);
            json.WriteBoolean("normalized", token.IsNormalized);
            json.WriteBoolean("special", token.IsSpecial);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>What was loaded, or for a vocabulary that no such file describes: its pattern, and what goes with bytes.</summary>
    private static void WriteSections(Utf8JsonWriter json, BpeParts parts, string?[] spellings)
    {
        if (parts.Sections is HuggingFaceSections sections)
        {
            Raw("normalizer", sections.Normalizer);
            Raw("pre_tokenizer", sections.PreTokenizer);
            Raw("post_processor", sections.PostProcessor);
            Raw("decoder", sections.Decoder);
            return;
        }
        if (parts.Normalizer.Steps.OfType<SentencePieceStep>().FirstOrDefault() is SentencePieceStep step)
            throw new NotSupportedException(
                $"The tokenizer cannot be saved as {HuggingFaceTokenizerJson.FileName}, which cannot say exactly what its SentencePiece "
                + $"model does to text: it {string.Join(", ", step.Describe())}. Keep using the {SentencePieceModel.FileName}.");
        if (!parts.Normalizer.IsNone || !parts.Preparation.IsNone || parts.CharacterIds is not null)
            throw new NotSupportedException(
                "The tokenizer was loaded with another pattern than its file's, and normalizes text: such a one cannot be saved.");
        json.WriteNull("normalizer");
        json.WritePropertyName("pre_tokenizer");
        HuggingFacePreTokenizer.Write(json, parts.PreTokenizer);
        json.WritePropertyName("post_processor");
        if (parts.Template.IsEmpty) json.WriteNullValue();
        else HuggingFaceTemplate.Write(json, parts.Template, id => spellings[id] ?? "");
        json.WritePropertyName("decoder");
        HuggingFacePreTokenizer.WriteByteLevel(json, useRegex: true);

        void Raw(string name, string value)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(value);
        }
    }

    private static void WriteModel(Utf8JsonWriter json, BpeVocabulary vocabulary, string?[] spellings)
    {
        BpeParts parts = vocabulary.Parts;
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", parts.UnknownId is int unknown ? spellings[unknown] : null);
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", parts.FusesUnknown);
        json.WriteBoolean("byte_fallback", parts.FallbackIds.Any(id => id >= 0));
        if (parts.IgnoresMerges) json.WriteBoolean("ignore_merges", true);
        json.WritePropertyName("vocab");
        Gpt2Vocabulary.WriteVocabulary(json, spellings);
        json.WriteStartArray("merges");
        bool havePairs = spellings.Any(spelling => spelling?.Contains(' ') ?? false);
        foreach (BpeMerge merge in vocabulary.Merges)
        {
            if (!havePairs)
            {
                json.WriteStringValue($"{spellings[merge.Left]} {spellings[merge.Right]}");
                continue;
            }
            json.WriteStartArray();
            json.WriteStringValue(spellings[merge.Left]);
            json.WriteStringValue(spellings[merge.Right]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
