using System.Text;
using Cs336.Alphabet;

namespace Cs336.Tokenizers;

/// <summary>A vocabulary as files hold it, spelled in <see cref="Gpt2ByteAlphabet"/>, before it is checked.</summary>
/// <param name="Source">The file or folder it comes from, for messages.</param>
/// <param name="Ids">The id of each token. Ordinary tokens are spelled in the byte alphabet, special ones as they are.</param>
/// <param name="Merges">The parts of each merge, in order.</param>
internal sealed record SpelledVocabulary(string Source, Dictionary<string, int> Ids, IReadOnlyList<(string Left, string Right)> Merges)
{
    /// <summary>The vocabulary with tokens that another file adds.</summary>
    /// <exception cref="InvalidDataException">A token is in both with different ids.</exception>
    public SpelledVocabulary With(IReadOnlyDictionary<string, int>? addedTokens)
    {
        if (addedTokens is null) return this;
        Dictionary<string, int> ids = new(Ids);
        foreach ((string text, int id) in addedTokens)
        {
            if (!ids.TryAdd(text, id) && ids[text] != id)
                throw new InvalidDataException(
                    $"{Source} gives {VocabularyFile.Quote(text)} the id {ids[text]}, " +
                    $"but {HuggingFaceTokenizerJson.FileName} adds it with the id {id}.");
        }
        return this with { Ids = ids };
    }

    /// <summary>What another source has differently, in words; null where both describe one vocabulary.</summary>
    public string? FindDifference(SpelledVocabulary other)
    {
        foreach ((string text, int id) in Ids)
        {
            if (!other.Ids.TryGetValue(text, out int otherId)) return $"the token {VocabularyFile.Quote(text)} (id {id}), which is not";
            if (otherId != id) return $"the token {VocabularyFile.Quote(text)} with id {id}, which has id {otherId}";
        }
        if (other.Ids.Count > Ids.Count) return $"{Ids.Count} tokens, but there are {other.Ids.Count}";
        for (int rank = 0; rank < Math.Min(Merges.Count, other.Merges.Count); rank++)
        {
            if (Merges[rank] != other.Merges[rank]) return $"{Quote(Merges[rank])} as merge {rank}, which is {Quote(other.Merges[rank])}";
        }
        return Merges.Count == other.Merges.Count ? null : $"{Merges.Count} merges, but there are {other.Merges.Count}";
    }

    /// <summary>Reads the spellings and checks the whole; null special tokens are worked out as <see cref="BpeModel.Load"/> says.</summary>
    public BpeVocabulary Read(IEnumerable<string>? specialTokens, IPreTokenizer preTokenizer)
    {
        BpeMerge[] merges = [.. Merges.Select(ReadMerge)];
        Dictionary<string, int> special = [];
        foreach (string text in specialTokens ?? GuessSpecialTokens(merges))
        {
            if (!Ids.TryGetValue(text, out int id))
                throw new InvalidDataException($"{Source} has no token {VocabularyFile.Quote(text)}, which was named as a special token.");
            special[text] = id;
        }
        byte[][] tokens = ReadTokens(special);
        try
        {
            return new BpeVocabulary(tokens, merges, special, preTokenizer);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{Source} is not a byte-level BPE model: {e.Message}", e);
        }
    }

    private byte[][] ReadTokens(Dictionary<string, int> special)
    {
        byte[][] vocabulary = new byte[Ids.Count][];
        foreach ((string text, int id) in Ids)
        {
            if ((uint)id >= (uint)vocabulary.Length)
                throw new InvalidDataException(
                    $"{Source} gives {VocabularyFile.Quote(text)} the id {id}, " +
                    $"but with {vocabulary.Length} tokens the ids must be 0 to {vocabulary.Length - 1}.");
            if (vocabulary[id] is not null)
                throw new InvalidDataException($"{Source} gives {VocabularyFile.Quote(text)} the id {id}, which another token has too.");
            vocabulary[id] = special.ContainsKey(text)
                ? Encoding.UTF8.GetBytes(text)
                : Gpt2ByteAlphabet.TryRead(text) ?? throw new InvalidDataException(
                    $"{Source} has the token {VocabularyFile.Quote(text)}, which is not spelled in GPT-2's byte alphabet: " +
                    "name it if it is a special token.");
        }
        return vocabulary;
    }

    private BpeMerge ReadMerge((string Left, string Right) merge, int rank)
    {
        return new BpeMerge(Find(merge.Left), Find(merge.Right), Find(merge.Left + merge.Right));

        int Find(string text) => Ids.TryGetValue(text, out int id)
            ? id
            : throw new InvalidDataException(
                $"{Source}: merge {rank} is {Quote(merge)}, but the vocabulary has no token {VocabularyFile.Quote(text)}.");
    }

    private static string Quote((string Left, string Right) merge) => VocabularyFile.Quote($"{merge.Left} {merge.Right}");

    /// <summary>A token that is no byte and that no merge makes can only come from its own text, so it is a special token.</summary>
    private List<string> GuessSpecialTokens(BpeMerge[] merges)
    {
        HashSet<int> made = [.. merges.Select(merge => merge.Result)];
        List<string> special = [];
        foreach ((string text, int id) in Ids)
        {
            if (made.Contains(id) || (text.Length == 1 && Gpt2ByteAlphabet.Contains(text[0]))) continue;
            if ((text[..Math.Min(1, text.Length)], text[^Math.Min(1, text.Length)..]) is not (("<", ">") or ("[", "]")))
                throw new InvalidDataException(
                    $"{Source} has the token {VocabularyFile.Quote(text)} (id {id}), which no merge makes: the merges may be cut short, " +
                    "or it is a special token and must be named as one.");
            special.Add(text);
        }
        return special;
    }
}
