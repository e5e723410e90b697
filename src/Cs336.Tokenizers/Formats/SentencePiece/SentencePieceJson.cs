using System.Buffers;
using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>
/// Writes the <c>tokenizer.json</c> that says what a SentencePiece BPE model does, in the way of Hugging Face's files of Llama and Gemma.
/// </summary>
internal static class SentencePieceJson
{
    private const string Mark = "\u2581";

    /// <param name="model">The model, which was checked.</param>
    /// <param name="path">Its file, for messages.</param>
    /// <param name="normalizes">Whether to say what is done to text.</param>
    public static ReadOnlyMemory<byte> Write(SentencePieceModel model, string path, bool normalizes)
    {
        ArrayBufferWriter<byte> output = new();
        using Utf8JsonWriter json = new(output);
        json.WriteStartObject();
        WriteAddedTokens(json, model);
        json.WritePropertyName("normalizer");
        if (normalizes) WriteNormalizer(json, model);
        else json.WriteNullValue();
        json.WriteNull("pre_tokenizer");
        json.WriteNull("post_processor");
        WriteDecoder(json, model);
        WriteModel(json, model, path);
        json.WriteEndObject();
        json.Flush();
        return output.WrittenMemory;
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, SentencePieceModel model)
    {
        json.WriteStartArray("added_tokens");
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            SentencePiece piece = model.Pieces[id];
            bool isOwn = piece.Kind == SentencePieceKind.UserDefined;
            if (!isOwn && piece.Kind is not (SentencePieceKind.Control or SentencePieceKind.Unknown)) continue;
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", piece.Text);
            json.WriteBoolean("single_word", false);
            json.WriteBoolean("lstrip", false);
            json.WriteBoolean("rstrip", false);
            json.WriteBoolean("normalized", isOwn); // a space in it is spelled as in the changed text
            json.WriteBoolean("special", !isOwn);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteNormalizer(Utf8JsonWriter json, SentencePieceModel model)
    {
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("normalizers");
        if (model.AddsSpace)
        {
            json.WriteStartObject();
            json.WriteString("type", "Prepend");
            json.WriteString("prepend", Mark);
            json.WriteEndObject();
        }
        WriteReplace(json, " ", Mark);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteDecoder(Utf8JsonWriter json, SentencePieceModel model)
    {
        json.WriteStartObject("decoder");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("decoders");
        WriteReplace(json, Mark, " ");
        if (model.FallsBackToBytes) WriteType(json, "ByteFallback");
        WriteType(json, "Fuse");
        if (model.AddsSpace && !model.PutsSpaceAfter)
        {
            json.WriteStartObject();
            json.WriteString("type", "Strip");
            json.WriteString("content", " ");
            json.WriteNumber("start", 1);
            json.WriteNumber("stop", 0);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, SentencePieceModel model, string path)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteString("unk_token", model.Pieces.Find(piece => piece.Kind == SentencePieceKind.Unknown).Text);
        json.WriteBoolean("fuse_unk", true);
        json.WriteBoolean("byte_fallback", model.FallsBackToBytes);
        json.WriteStartObject("vocab");
        for (int id = 0; id < model.Pieces.Count; id++) json.WriteNumber(model.Pieces[id].Text, id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach ((string left, string right) in SentencePieceMerges.Find(model.Pieces, path))
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteReplace(Utf8JsonWriter json, string from, string to)
    {
        json.WriteStartObject();
        json.WriteString("type", "Replace");
        json.WriteStartObject("pattern");
        json.WriteString("String", from);
        json.WriteEndObject();
        json.WriteString("content", to);
        json.WriteEndObject();
    }

    private static void WriteType(Utf8JsonWriter json, string type)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteEndObject();
    }
}
