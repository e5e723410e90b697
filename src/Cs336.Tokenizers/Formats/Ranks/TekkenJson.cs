using System.Globalization;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// Mistral's <c>tekken.json</c>: special tokens, which have the first ids, then tokens in the order of their ranks, of which a model has
/// only the first ones.
/// </summary>
/// <remarks>The facts are those of Mistral's package mistral-common.</remarks>
internal static class TekkenJson
{
    public const string FileName = "tekken.json";

    /// <summary>Models have a thousand: a file with one huge number must not take all memory.</summary>
    private const int MaxSpecialTokens = 1 << 16;

    /// <summary>The last version whose files may leave their special tokens out.</summary>
    private const int LastImplied = 7;

    /// <summary>The special tokens of files that do not list them.</summary>
    private static readonly string[] Implied =
    [
        "<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]",
        "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]", "[SYSTEM_PROMPT]",
        "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]",
    ];

    /// <exception cref="InvalidDataException">
    /// The file is damaged, or is not a whole byte-level BPE vocabulary; the message names what is wrong.
    /// </exception>
    /// <param name="path">A <c>tekken.json</c>.</param>
    /// <param name="preTokenizer">What cuts text, instead of what the file says.</param>
    public static BpeVocabulary Read(string path, IPreTokenizer? preTokenizer) => VocabularyFile.ReadJson(path, root =>
    {
        RankedJson json = new(path, "", root), config = json["config"];
        string[] special = ReadSpecialTokens(json, config);
        RankedTokens tokens = ReadTokens(json, config, special.Length);
        return RankedVocabulary.Make(
            tokens,
            [.. special.Select((text, id) => new KeyValuePair<string, int>(text, id))],
            () => preTokenizer ?? RankedPattern.Read(config["pattern"]));
    });

    /// <summary>How many tokens a file has besides special ones, with those that a model leaves out.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static int Count(string path) => VocabularyFile.ReadJson(path, root => new RankedJson(path, "", root)["vocab"].Items().Count());

    /// <summary>The texts of the special tokens, in the order of their ids.</summary>
    private static string[] ReadSpecialTokens(RankedJson json, RankedJson config)
    {
        RankedJson counted = config["default_num_special_tokens"];
        int count = counted.Number();
        if (count is < 0 or > MaxSpecialTokens) throw counted.Wrong($"0 to {MaxSpecialTokens}");
        RankedJson listed = json.Find("special_tokens");
        if (listed.IsNull) CheckVersion(config);
        List<string> texts = listed.IsNull ? [.. Implied] : [.. listed.Items().Select((token, id) => ReadSpecialToken(token, id))];
        if (texts.Count > count) throw counted.Wrong($"at least the number of special tokens, which is {texts.Count}");
        for (int id = texts.Count; id < count; id++) texts.Add($"<SPECIAL_{id}>");
        HashSet<string> seen = new(texts.Count);
        if (texts.Find(text => !seen.Add(text)) is string twice)
            throw new InvalidDataException($"{json.Path} has the special token {VocabularyFile.Quote(twice)} twice.");
        return [.. texts];
    }

    private static string ReadSpecialToken(RankedJson token, int id)
    {
        RankedJson rank = token["rank"];
        return rank.Number() == id ? token["token_str"].Text() : throw rank.Wrong($"{id}: special tokens stand in the order of their ids");
    }

    private static void CheckVersion(RankedJson config)
    {
        RankedJson version = config["version"];
        if (!version.Text().StartsWith('v')
            || !int.TryParse(version.Text().AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            throw version.Wrong("one such as 'v3'");
        if (number > LastImplied)
            throw new InvalidDataException(
                $"{config.Path} has no 'special_tokens', which files have since version v{LastImplied}, and it is of version v{number}.");
    }

    private static RankedTokens ReadTokens(RankedJson json, RankedJson config, int specialTokens)
    {
        RankedJson size = config["default_vocab_size"], vocabulary = json["vocab"];
        long count = (long)size.Number() - specialTokens;
        RankedTokens tokens = new(json.Path, index => $"vocab[{index}]");
        foreach (RankedJson token in vocabulary.Items().Take((int)Math.Max(0, count)))
        {
            int index = tokens.All.Count;
            RankedJson rank = token["rank"], bytes = token["token_bytes"];
            if (rank.Number() != index) throw rank.Wrong($"{index}: tokens stand in the order of their ranks");
            if (!RankedToken.TryDecode(Encoding.UTF8.GetBytes(bytes.Text()), out byte[] read)) throw bytes.Wrong("bytes in base64");
            tokens.Add(new RankedToken(read, index + specialTokens, index));
        }
        return tokens.All.Count == count
            ? tokens
            : throw size.Wrong($"a number of ids for which there are tokens: with {specialTokens} special ones it is "
                + $"{specialTokens} to {specialTokens + (long)vocabulary.Value.GetArrayLength()}");
    }
}
