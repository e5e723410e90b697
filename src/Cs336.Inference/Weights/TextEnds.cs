using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>The special tokens that begin and end a text; null where a vocabulary has none that is known as such.</summary>
internal sealed record TextEnds((string Text, int Id)? Begin, (string Text, int Id)? End)
{
    /// <summary>Pairs of well-known vocabularies. One token that stands between texts, as GPT-2 has it, is both.</summary>
    private static readonly (string Begin, string End)[] Known =
    [
        ("<|endoftext|>", "<|endoftext|>"), ("<|begin_of_text|>", "<|end_of_text|>"), ("<s>", "</s>"), ("<bos>", "<eos>"),
    ];

    /// <summary>Those of a tokenizer; none where there is no tokenizer.</summary>
    /// <param name="tokenizer">Where they are looked for.</param>
    /// <param name="endToken">The special token that ends a text, where the caller knows it; null to find out.</param>
    /// <param name="problems">Told when the tokenizer has no such token; null to leave that to the caller.</param>
    public static TextEnds Of(BpeModel? tokenizer, string? endToken = null, ICollection<string>? problems = null)
    {
        IReadOnlyDictionary<string, int> special = tokenizer?.SpecialTokens ?? new Dictionary<string, int>();
        TextEnds ends = Find(special);
        if (endToken is not null) ends = ends with { End = Find(special, endToken) };
        if (ends.End is null)
            problems?.Add($"the tokenizer has no special token {endToken ?? Known[0].End}, which would end a text: {List(special)}");
        return ends;
    }

    private static TextEnds Find(IReadOnlyDictionary<string, int> special)
    {
        foreach ((string begin, string end) in Known)
            if (special.ContainsKey(end)) return new TextEnds(Find(special, begin), Find(special, end));
        // A vocabulary's only special token can stand for nothing but the end of a text.
        (string Text, int Id)? only = special.Count == 1 ? Find(special, special.Keys.First()) : null;
        return new TextEnds(only, only);
    }

    private static (string Text, int Id)? Find(IReadOnlyDictionary<string, int> special, string text) =>
        special.TryGetValue(text, out int id) ? (text, id) : null;

    private static string List(IReadOnlyDictionary<string, int> special)
    {
        const int MaxListed = 10;
        return special.Count == 0 ? "it has none, and without one other programs take an ordinary token for it"
            : $"name one of {string.Join(", ", special.Keys.Take(MaxListed))}{(special.Count > MaxListed ? " and so on" : "")}";
    }
}
