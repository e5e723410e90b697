using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>Hugging Face's <c>tokenizer.json</c>, as far as it describes BPE; what would give other ids is refused.</summary>
/// <remarks><c>truncation</c> and <c>padding</c> are passed over: they do not change how text becomes ids.</remarks>
internal sealed class HuggingFaceTokenizerJson
{
    public const string FileName = "tokenizer.json";

    private readonly string _path;
    private readonly HuggingFacePreTokenizer _preTokenizer;
    private readonly TextNormalizer _normalizer;
    private readonly HuggingFaceDecoder _decoder;
    private readonly TokenTemplate _template;
    private readonly HuggingFaceSections _sections;
    private readonly HashSet<string> _texts = [];
    private string? _unknownToken;
    private bool _fusesUnknown, _ignoresMerges;

    private HuggingFaceTokenizerJson(string path, JsonElement root)
    {
        _path = path;
        if (root.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{path} is a JSON {root.ValueKind}, but must be an object.");
        JsonElement model = HuggingFaceModelKind.FindBpe(root, path);
        _normalizer = HuggingFaceNormalizer.Read(root, path);
        _preTokenizer = HuggingFacePreTokenizer.Read(root, path);
        _decoder = HuggingFaceDecoder.Read(root, path);
        _template = HuggingFaceTemplate.Read(root, path);
        _sections = new HuggingFaceSections(Raw("normalizer"), Raw("pre_tokenizer"), Raw("post_processor"), Raw("decoder"));
        if (root.TryGetProperty("added_tokens", out JsonElement tokens))
        {
            foreach (JsonElement token in Enumerate(tokens, "added_tokens")) AddToken(token);
        }
        Vocabulary = ReadModel(model);

        string Raw(string name) => root.TryGetProperty(name, out JsonElement value) ? value.GetRawText() : "null";
    }

    /// <summary>Special and other added tokens.</summary>
    public List<AddedToken> AddedTokens { get; } = [];

    /// <summary>The vocabulary and merges.</summary>
    public SpelledVocabulary Vocabulary { get; }

    /// <summary>Whether the vocabulary is over bytes, and not over characters, as SentencePiece's are.</summary>
    public bool IsByteLevel => _preTokenizer.IsByteLevel;

    /// <summary>Whether bytes stand for characters without a token.</summary>
    public bool FallsBackToBytes { get; private set; }

    public static HuggingFaceTokenizerJson Read(string path) =>
        VocabularyFile.ReadJson(path, root => Read(path, root));

    /// <param name="path">The file, for messages.</param>
    /// <param name="root">The file's outermost value, which must be an object.</param>
    public static HuggingFaceTokenizerJson Read(string path, JsonElement root) => new(path, root);

    /// <summary>Gives a vocabulary what the file says besides tokens and merges.</summary>
    /// <param name="parts">Tokens and merges, without the rest.</param>
    /// <param name="ids">The id of each token's spelling.</param>
    /// <param name="preTokenizer">What cuts text, instead of what the file says.</param>
    public BpeParts Complete(BpeParts parts, IReadOnlyDictionary<string, int> ids, IPreTokenizer? preTokenizer)
    {
        foreach (int id in _template.Before.Concat(_template.After))
        {
            if (id >= parts.Tokens.Count)
                throw new InvalidDataException($"{_path} puts the id {id} around a text's, but its ids are 0 to {parts.Tokens.Count - 1}.");
        }
        int? unknown = null;
        if (_unknownToken is not null)
        {
            if (!ids.TryGetValue(_unknownToken, out int id))
                throw new InvalidDataException(
                    $"{_path} has the unk_token {VocabularyFile.Quote(_unknownToken)}, which is not in its vocabulary.");
            unknown = id;
        }
        parts = parts with
        {
            Normalizer = _normalizer,
            Preparation = _preTokenizer.Preparation,
            Template = _template,
            IgnoresMerges = _ignoresMerges,
            UnknownId = unknown,
            FusesUnknown = _fusesUnknown,
            Sections = preTokenizer is null ? _sections : null,
        };
        if (IsByteLevel) return parts with { PreTokenizer = preTokenizer ?? _preTokenizer.PreTokenizer ?? PatternPreTokenizer.Whole };
        return CharacterVocabulary.Complete(parts, ids, FallsBackToBytes) with
        {
            PreTokenizer = preTokenizer ?? _preTokenizer.PreTokenizer ?? CharacterPreTokenizer.For(parts),
            DecodedTexts = _decoder.Texts,
            DecodedStart = _decoder.Start,
        };
    }

    private SpelledVocabulary ReadModel(JsonElement model)
    {
        if (!model.TryGetProperty("vocab", out JsonElement vocabulary) || !model.TryGetProperty("merges", out JsonElement merges))
            throw new InvalidDataException($"{_path} has no 'model' with 'vocab' and 'merges': only BPE models can be loaded.");
        foreach (JsonProperty property in model.EnumerateObject())
        {
            bool isNothing = property.Value.ValueKind is JsonValueKind.Null or JsonValueKind.False;
            HuggingFaceJson part = new(_path, property.Name, property.Value);
            switch (property.Name)
            {
                case "dropout" when !isNothing && !IsZero(property.Value):
                    throw part.Refuse("encoding is exact here");
                case "continuing_subword_prefix" or "end_of_word_suffix" when !isNothing && !property.Value.ValueEquals(""):
                    throw part.Refuse("only BPE that marks neither the inside nor the end of words can be loaded");
                case "unk_token" when !isNothing:
                    _unknownToken = property.Value.ValueKind == JsonValueKind.String
                        ? property.Value.GetString()
                        : throw part.Refuse("it must be a text");
                    break;
                case "fuse_unk":
                    _fusesUnknown = property.Value.ValueKind == JsonValueKind.True;
                    break;
                case "byte_fallback":
                    FallsBackToBytes = property.Value.ValueKind == JsonValueKind.True;
                    break;
                case "ignore_merges":
                    _ignoresMerges = property.Value.ValueKind == JsonValueKind.True;
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
        if (!_texts.Add(text))
            throw new InvalidDataException($"{_path} has the added token {VocabularyFile.Quote(text)} twice.");
        HuggingFaceJson flags = new(_path, "added token", token);
        AddedTokens.Add(new AddedToken(text, id)
        {
            IsSpecial = flags.Flag("special", absent: false),
            TakesSpaceBefore = flags.Flag("lstrip", absent: false),
            TakesSpaceAfter = flags.Flag("rstrip", absent: false),
            IsSingleWord = flags.Flag("single_word", absent: false),
            IsNormalized = flags.Flag("normalized", absent: !flags.Flag("special", absent: false)),
        });
    }

    private IEnumerable<JsonElement> Enumerate(JsonElement json, string name) => json.ValueKind == JsonValueKind.Array
        ? json.EnumerateArray()
        : throw new InvalidDataException($"{_path}: '{name}' is a JSON {json.ValueKind}, but must be an array.");

    private static bool IsZero(JsonElement json) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetDouble(out double value) && value == 0;
}
