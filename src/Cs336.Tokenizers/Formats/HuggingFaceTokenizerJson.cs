using System.Text.Json;
using Cs336.Alphabet;

namespace Cs336.Tokenizers;

/// <summary>Hugging Face's <c>tokenizer.json</c>, as far as it describes byte-level BPE; what would give other ids is refused.</summary>
/// <remarks>
/// <c>truncation</c>, <c>padding</c>, <c>post_processor</c> and <c>decoder</c> are passed over: they put special tokens around
/// the ids of a text or cut them off, and do not change how text becomes ids.
/// </remarks>
internal sealed class HuggingFaceTokenizerJson
{
    public const string FileName = "tokenizer.json";

    private readonly string _path;

    private HuggingFaceTokenizerJson(string path, JsonElement root, IPreTokenizer preTokenizer)
    {
        _path = path;
        if (root.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{path} is a JSON {root.ValueKind}, but must be an object.");
        if (root.TryGetProperty("normalizer", out JsonElement normalizer) && normalizer.ValueKind != JsonValueKind.Null)
            throw Refused("normalizer", normalizer, "text is not normalized here, so its ids would differ");
        HuggingFacePreTokenizer.Check(root, preTokenizer, path);
        if (root.TryGetProperty("added_tokens", out JsonElement tokens))
        {
            foreach (JsonElement token in Enumerate(tokens, "added_tokens")) AddToken(token);
        }
        Vocabulary = ReadModel(root);
    }

    /// <summary>The special tokens and their ids.</summary>
    public Dictionary<string, int> AddedTokens { get; } = [];

    /// <summary>The vocabulary and merges.</summary>
    public SpelledVocabulary Vocabulary { get; }

    /// <summary>Whether a pre-token that is a token is encoded as that token, even where the merges lead elsewhere.</summary>
    private bool IgnoresMerges { get; set; }

    public static HuggingFaceTokenizerJson Read(string path, IPreTokenizer preTokenizer) =>
        VocabularyFile.ReadJson(path, root => new HuggingFaceTokenizerJson(path, root, preTokenizer));

    /// <summary>Refuses a model whose <c>ignore_merges</c> makes a difference: merges alone would give other ids.</summary>
    public void CheckMergesSuffice(BpeVocabulary vocabulary)
    {
        if (!IgnoresMerges) return;
        PreTokenEncoder encoder = new(vocabulary, new BpeMergeTable(vocabulary));
        HashSet<int> special = [.. vocabulary.SpecialTokens.Values];
        Span<int> ends = stackalloc int[2];
        for (int id = 0; id < vocabulary.VocabSize; id++)
        {
            ReadOnlySpan<byte> token = vocabulary.GetTokenBytes(id);
            if (special.Contains(id) || vocabulary.PreTokenizer.Split(token, ends) > 1) continue;
            if (encoder.Encode(token, new int[token.Length]) == 1) continue;
            throw new InvalidDataException(
                $"{_path} has ignore_merges and the token {VocabularyFile.Quote(Gpt2ByteAlphabet.Spell(token))} (id {id}), " +
                "which its merges do not make: such vocabularies cannot be loaded.");
        }
    }

    private SpelledVocabulary ReadModel(JsonElement root)
    {
        if (!root.TryGetProperty("model", out JsonElement model) || model.ValueKind != JsonValueKind.Object
            || !model.TryGetProperty("vocab", out JsonElement vocabulary) || !model.TryGetProperty("merges", out JsonElement merges))
            throw new InvalidDataException($"{_path} has no 'model' with 'vocab' and 'merges': only BPE models can be loaded.");
        foreach (JsonProperty property in model.EnumerateObject())
        {
            bool isNothing = property.Value.ValueKind is JsonValueKind.Null or JsonValueKind.False;
            switch (property.Name)
            {
                case "type" when !property.Value.ValueEquals("BPE"):
                    throw Refused("model type", property.Value, "only BPE models can be loaded");
                case "dropout" when !isNothing && !IsZero(property.Value):
                    throw Refused("dropout", property.Value, "encoding is exact here");
                case "continuing_subword_prefix" or "end_of_word_suffix" when !isNothing && !property.Value.ValueEquals(""):
                    throw Refused(property.Name, property.Value, "byte-level BPE has none");
                case "ignore_merges":
                    IgnoresMerges = property.Value.ValueKind == JsonValueKind.True;
                    break;
            }
        }
        return new SpelledVocabulary(
            _path, Gpt2Vocabulary.ReadVocabulary(vocabulary, _path), [.. Enumerate(merges, "merges").Select(ReadMerge)]);
    }

    private (string, string) ReadMerge(JsonElement merge, int rank)
    {
        if (merge.ValueKind == JsonValueKind.String) return Gpt2Vocabulary.ReadMerge(merge.GetString()!, $"{_path}: merge {rank}");
        if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2
            && merge[0].ValueKind == JsonValueKind.String && merge[1].ValueKind == JsonValueKind.String)
            return (merge[0].GetString()!, merge[1].GetString()!);
        throw new InvalidDataException($"{_path}: merge {rank} is {VocabularyFile.Quote(merge.GetRawText())}, but must be two tokens.");
    }

    private void AddToken(JsonElement token)
    {
        if (token.ValueKind != JsonValueKind.Object
            || !token.TryGetProperty("content", out JsonElement content) || content.ValueKind != JsonValueKind.String
            || !token.TryGetProperty("id", out JsonElement idValue) || idValue.ValueKind != JsonValueKind.Number
            || !idValue.TryGetInt32(out int id))
            throw new InvalidDataException(
                $"{_path}: an added token is {VocabularyFile.Quote(token.GetRawText())}, but must have a 'content' and an 'id'.");
        string text = content.GetString()!;
        if (!AddedTokens.TryAdd(text, id))
            throw new InvalidDataException($"{_path} has the added token {VocabularyFile.Quote(text)} twice.");
        foreach (string property in (string[])["single_word", "lstrip", "rstrip"])
        {
            if (token.TryGetProperty(property, out JsonElement value) && value.ValueKind != JsonValueKind.False)
                throw new InvalidDataException(
                    $"{_path}: the added token {VocabularyFile.Quote(text)} has {property} {VocabularyFile.Quote(value.GetRawText())}, " +
                    "but added tokens are matched as they stand: set it to false.");
        }
    }

    private IEnumerable<JsonElement> Enumerate(JsonElement json, string name) => json.ValueKind == JsonValueKind.Array
        ? json.EnumerateArray()
        : throw new InvalidDataException($"{_path}: '{name}' is a JSON {json.ValueKind}, but must be an array.");

    private InvalidDataException Refused(string name, JsonElement value, string reason) =>
        new($"{_path} has the {name} {VocabularyFile.Quote(value.GetRawText())}, but {reason}.");

    private static bool IsZero(JsonElement json) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetDouble(out double value) && value == 0;
}
