namespace Cs336.Tokenizers;

/// <summary>The patterns by which well-known models cut text, by name.</summary>
public static class PreTokenizers
{
    private const string Contractions = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)", Prefix = @"[^\r\n\p{L}\p{N}]?";
    private const string UpperLetters = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", LowerLetters = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
    private const string LowerWord = Prefix + UpperLetters + "*" + LowerLetters + "+";
    private const string UpperWord = Prefix + UpperLetters + "+" + LowerLetters + "*";
    private const string Symbols = @" ?[^\s\p{L}\p{N}]+[\r\n]*", SymbolsAndSlashes = @" ?[^\s\p{L}\p{N}]+[\r\n/]*";
    private const string Spaces = @"\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly Lazy<IPreTokenizer> LazyCl100k =
        Make<Cl100kRules>($@"{Contractions}|{Prefix}\p{{L}}+|\p{{N}}{{1,3}}|{Symbols}|{Spaces}");

    private static readonly Lazy<IPreTokenizer> LazyQwen2 =
        Make<Qwen2Rules>($@"{Contractions}|{Prefix}\p{{L}}+|\p{{N}}|{Symbols}|{Spaces}");

    private static readonly Lazy<IPreTokenizer> LazyO200k = Make<O200kRules>(
        $@"{LowerWord}{Contractions}?|{UpperWord}{Contractions}?|\p{{N}}{{1,3}}|{SymbolsAndSlashes}|{Spaces}");

    private static readonly Lazy<IPreTokenizer> LazyTekken =
        Make<TekkenRules>($@"{LowerWord}|{UpperWord}|\p{{N}}|{SymbolsAndSlashes}|{Spaces}");

    private static readonly Dictionary<string, Func<IPreTokenizer>> ByName = new(StringComparer.OrdinalIgnoreCase)
    {
        ["gpt2"] = () => Gpt2PreTokenizer.Instance,
        ["cl100k"] = () => Cl100k,
        ["llama3"] = () => Cl100k,
        ["o200k"] = () => O200k,
        ["qwen2"] = () => Qwen2,
        ["tekken"] = () => Tekken,
    };

    /// <summary>GPT-2's, and that of r50k and p50k.</summary>
    public static IPreTokenizer Gpt2 => Gpt2PreTokenizer.Instance;

    /// <summary>That of GPT-3.5 and GPT-4, and of Llama 3.</summary>
    /// <remarks>
    /// Since version 0.8 tiktoken keeps a run of space with newlines at the very end of a text whole, where this pattern, which Hugging
    /// Face's files have, cuts it after the last newline.
    /// </remarks>
    public static IPreTokenizer Cl100k => LazyCl100k.Value;

    /// <summary>That of GPT-4o and gpt-oss, which tells upper from lower case.</summary>
    public static IPreTokenizer O200k => LazyO200k.Value;

    /// <summary>That of Qwen 2, 2.5 and 3: as <see cref="Cl100k"/>, with each digit by itself.</summary>
    public static IPreTokenizer Qwen2 => LazyQwen2.Value;

    /// <summary>That of Mistral Nemo: as <see cref="O200k"/>, with each digit by itself and without contractions.</summary>
    public static IPreTokenizer Tekken => LazyTekken.Value;

    /// <summary>The names that <see cref="Get"/> knows.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>A pattern by its name.</summary>
    /// <exception cref="ArgumentException">The name is not one of <see cref="Names"/>.</exception>
    public static IPreTokenizer Get(string name) => ByName.TryGetValue(name, out Func<IPreTokenizer>? make)
        ? make()
        : throw new ArgumentException($"There is no pattern '{name}': the names are {string.Join(", ", Names)}.", nameof(name));

    private static Lazy<IPreTokenizer> Make<TRules>(string pattern)
        where TRules : struct, IWordRules => new(() => new ScannedPreTokenizer<TRules>(pattern));
}
