using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>Hugging Face's <c>tokenizer.json</c>, as far as it describes byte-level BPE.</summary>
internal sealed class HuggingFaceTokenizerJson
{
    public const string FileName = "tokenizer.json";

    private readonly string _path;
    private readonly JsonElement _root;

    private HuggingFaceTokenizerJson(string path, JsonElement root)
    {
        _path = path;
        _root = root;
        if (root.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{path} is a JSON {root.ValueKind}, but must be an object.");
        if (!root.TryGetProperty("added_tokens", out JsonElement tokens)) return;
        foreach (JsonElement token in Enumerate(tokens, "added_tokens")) AddToken(token);
    }

    /// <summary>The special tokens and their ids.</summary>
    public Dictionary<string, int> AddedTokens { get; } = [];

    public static HuggingFaceTokenizerJson Read(string path, IPreTokenizer preTokenizer)
    {
        using JsonDocument document = Gpt2Vocabulary.ReadJson(path);
        HuggingFaceTokenizerJson json = new(path, document.RootElement.Clone());
        json.CheckPreTokenizer(preTokenizer);
        return json;
    }

    public static void Write(BpeModel model, string[] spellings, string path)
    {
        using AtomicFile file = new(path);
        JsonWriterOptions options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (Utf8JsonWriter json = new(file.Stream, options))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            WriteAddedTokens(json, model);
            json.WriteNull("normalizer");
            WritePreTokenizer(json, model.PreTokenizer);
            json.WriteNull("post_processor");
            json.WritePropertyName("decoder");
            WriteByteLevel(json, useRegex: true);
            WriteModel(json, model, spellings);
            json.WriteEndObject();
        }
        file.Commit();
    }

    /// <summary>The vocabulary and merges.</summary>
    public SpelledVocabulary ReadModel()
    {
        if (!_root.TryGetProperty("model", out JsonElement model) || model.ValueKind != JsonValueKind.Object
            || !model.TryGetProperty("vocab", out JsonElement vocabulary) || !model.TryGetProperty("merges", out JsonElement merges))
            throw new InvalidDataException($"{_path} has no 'model' with 'vocab' and 'merges': only BPE models can be loaded.");
        return new SpelledVocabulary(
            _path, Gpt2Vocabulary.ReadVocabulary(vocabulary, _path), [.. Enumerate(merges, "merges").Select(ReadMerge)]);
    }

    private (string, string) ReadMerge(JsonElement merge, int rank)
    {
        if (merge.ValueKind == JsonValueKind.String) return Gpt2Vocabulary.ReadMerge(merge.GetString()!, $"{_path}: merge {rank}");
        if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2
            && merge[0].ValueKind == JsonValueKind.String && merge[1].ValueKind == JsonValueKind.String)
            return (merge[0].GetString()!, merge[1].GetString()!);
        throw new InvalidDataException($"{_path}: merge {rank} is {merge.GetRawText()}, but must be two tokens.");
    }

    private void AddToken(JsonElement token)
    {
        if (token.ValueKind != JsonValueKind.Object
            || !token.TryGetProperty("content", out JsonElement content) || content.ValueKind != JsonValueKind.String
            || !token.TryGetProperty("id", out JsonElement idValue) || idValue.ValueKind != JsonValueKind.Number
            || !idValue.TryGetInt32(out int id))
            throw new InvalidDataException($"{_path}: an added token is {token.GetRawText()}, but must have a 'content' and an 'id'.");
        if (!AddedTokens.TryAdd(content.GetString()!, id))
            throw new InvalidDataException($"{_path} has the added token '{content.GetString()}' twice.");
    }

    /// <summary>A file that says how it cuts text must say what the model will be used with: else ids would differ silently.</summary>
    private void CheckPreTokenizer(IPreTokenizer expected)
    {
        if (!_root.TryGetProperty("pre_tokenizer", out JsonElement found) || found.ValueKind == JsonValueKind.Null) return;
        string pattern = FindPattern(found);
        if (pattern != expected.Pattern)
            throw new InvalidDataException(
                $"{_path} cuts text by '{pattern}', but it is being loaded with the pattern '{expected.Pattern}': pass a fitting pre-tokenizer.");
    }

    private static string FindPattern(JsonElement preTokenizer)
    {
        string? type = Text(preTokenizer, "type");
        if (type == "ByteLevel" && !IsTrue(preTokenizer, "add_prefix_space") && !IsFalse(preTokenizer, "use_regex"))
            return Gpt2PreTokenizer.Instance.Pattern;
        if (type == "Split" && preTokenizer.TryGetProperty("pattern", out JsonElement pattern))
            return Text(pattern, "Regex") ?? pattern.GetRawText();
        if (type == "Sequence" && preTokenizer.TryGetProperty("pretokenizers", out JsonElement steps)
            && steps.ValueKind == JsonValueKind.Array && steps.GetArrayLength() == 2 && Text(steps[0], "type") == "Split")
            return FindPattern(steps[0]);
        return preTokenizer.GetRawText();
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool IsTrue(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private static bool IsFalse(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.False;

    private IEnumerable<JsonElement> Enumerate(JsonElement json, string name) => json.ValueKind == JsonValueKind.Array
        ? json.EnumerateArray()
        : throw new InvalidDataException($"{_path}: '{name}' is a JSON {json.ValueKind}, but must be an array.");

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

    private static void WritePreTokenizer(Utf8JsonWriter json, IPreTokenizer preTokenizer)
    {
        json.WritePropertyName("pre_tokenizer");
        if (preTokenizer.Pattern == Gpt2PreTokenizer.Instance.Pattern)
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

    private static void WriteByteLevel(Utf8JsonWriter json, bool useRegex)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
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
