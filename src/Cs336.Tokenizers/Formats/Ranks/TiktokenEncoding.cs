namespace Cs336.Tokenizers;

/// <summary>
/// What a tiktoken rank file does not say: how text is cut, and which special tokens there are. By the names of tiktoken.
/// </summary>
/// <remarks>
/// The ids are those of tiktoken. Its version 0.8 changed cl100k's pattern at one place: a run of space with newlines at the very end of a
/// text is one pre-token since then, where here, and in Hugging Face's files, it ends after its last newline.
/// </remarks>
public sealed class TiktokenEncoding
{
    private const string EndOfText = "<|endoftext|>";

    private static readonly (string, int)[] FillInTheMiddle =
        [("<|fim_prefix|>", 100258), ("<|fim_middle|>", 100259), ("<|fim_suffix|>", 100260)];

    private static readonly Dictionary<string, TiktokenEncoding> ByName = ((TiktokenEncoding[])
    [
        new("gpt2", () => PreTokenizers.Gpt2, null, (EndOfText, 50256)),
        new("r50k_base", () => PreTokenizers.Gpt2, "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930", (EndOfText, 50256)),
        new("p50k_base", () => PreTokenizers.Gpt2, "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069", (EndOfText, 50256)),
        new("p50k_edit", () => PreTokenizers.Gpt2, null,
            (EndOfText, 50256), ("<|fim_prefix|>", 50281), ("<|fim_middle|>", 50282), ("<|fim_suffix|>", 50283)),
        new("cl100k_base", () => PreTokenizers.Cl100k, "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
            [(EndOfText, 100257), .. FillInTheMiddle, ("<|endofprompt|>", 100276)]),
        new("o200k_base", () => PreTokenizers.O200k, "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
            (EndOfText, 199999), ("<|endofprompt|>", 200018)),
        new("o200k_harmony", () => PreTokenizers.O200k, null,
        [
            ("<|startoftext|>", 199998), (EndOfText, 199999), ("<|return|>", 200002), ("<|constrain|>", 200003), ("<|channel|>", 200005),
            ("<|start|>", 200006), ("<|end|>", 200007), ("<|message|>", 200008), ("<|call|>", 200012), ("<|endofprompt|>", 200018),
            .. Enumerable.Range(200000, 1088).Except([200002, 200003, 200005, 200006, 200007, 200008, 200012, 200018])
                .Select(id => ($"<|reserved_{id}|>", id)),
        ]),
    ]).ToDictionary(encoding => encoding.Name, StringComparer.OrdinalIgnoreCase);

    private readonly Func<IPreTokenizer> _preTokenizer;
    private readonly string? _sha256;

    private TiktokenEncoding(string name, Func<IPreTokenizer> preTokenizer, string? sha256, params (string Text, int Id)[] specialTokens)
    {
        Name = name;
        _preTokenizer = preTokenizer;
        _sha256 = sha256;
        SpecialTokens = specialTokens.ToDictionary(token => token.Text, token => token.Id).AsReadOnly();
    }

    /// <summary>The names that <see cref="Get"/> knows.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>Tiktoken's name for it.</summary>
    public string Name { get; }

    /// <summary>What cuts text.</summary>
    public IPreTokenizer PreTokenizer => _preTokenizer();

    /// <summary>The text of each special token and its id.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens { get; }

    /// <summary>An encoding by its name.</summary>
    /// <exception cref="ArgumentException">The name is not one of <see cref="Names"/>.</exception>
    public static TiktokenEncoding Get(string name) => ByName.TryGetValue(name, out TiktokenEncoding? encoding)
        ? encoding
        : throw new ArgumentException($"There is no encoding '{name}': the names are {string.Join(", ", Names)}.", nameof(name));

    /// <summary>The encoding whose published rank file has this hash; null for any other file.</summary>
    /// <param name="sha256">The file's SHA-256, in lower-case hexadecimal.</param>
    internal static TiktokenEncoding? Find(string sha256) => ByName.Values.FirstOrDefault(encoding => encoding._sha256 == sha256);
}
