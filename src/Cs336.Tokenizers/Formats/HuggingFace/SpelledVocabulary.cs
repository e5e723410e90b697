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
    public SpelledVocabulary With(IEnumerable<AddedToken>? addedTokens)
    {
        if (addedTokens is null) return this;
        Dictionary<string, int> ids = new(Ids);
        foreach (AddedToken token in addedTokens)
        {
            if (!ids.TryAdd(token.Text, token.Id) && ids[token.Text] != token.Id)
                throw new InvalidDataException(
                    $"{Source} gives {VocabularyFile.Quote(token.Text)} the id {ids[token.Text]}, " +
                    $"but {HuggingFaceTokenizerJson.FileName} adds it with the id {token.Id}.");
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

    /// <summary>Reads the spellings and checks the whole.</summary>
    /// <param name="json">What the file says besides; null for GPT-2's own files.</param>
    /// <param name="specialTokens">The special tokens; null where they are to be worked out as <see cref="BpeModel.Load"/> says.</param>
    /// <param name="preTokenizer">What cuts text, instead of what the file says.</param>
    public BpeVocabulary Read(HuggingFaceTokenizerJson? json, IReadOnlyCollection<string>? specialTokens, IPreTokenizer? preTokenizer)
    {
        BpeMerge[] merges = [.. Merges.Select(ReadMerge)];
        List<AddedToken> added = AddTokens(json, specialTokens ?? (json is null ? GuessSpecialTokens(merges) : null));
        BpeParts parts = new()
        {
            Tokens = ReadTokens(json, [.. added.Select(token => token.Text)], merges),
            Merges = merges,
            AddedTokens = added,
            PreTokenizer = preTokenizer ?? Gpt2PreTokenizer.Instance,
            ByteIds = json is null
                ? null
                : [.. Enumerable.Range(0, 256).Select(value => Ids.GetValueOrDefault(Gpt2ByteAlphabet.Spell([(byte)value]), -1))],
        };
        try
        {
            return new BpeVocabulary(json?.Complete(parts, Ids, preTokenizer) ?? parts);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{Source} is not a byte-level BPE model: {e.Message}", e);
        }
    }

    /// <summary>The added tokens of the file; where special ones are named, those and no others are special.</summary>
    private List<AddedToken> AddTokens(HuggingFaceTokenizerJson? json, IReadOnlyCollection<string>? specialTokens)
    {
        if (specialTokens is null) return json!.AddedTokens;
        List<AddedToken> added = [.. json?.AddedTokens.Where(token => !token.IsSpecial && !specialTokens.Contains(token.Text)) ?? []];
        foreach (string text in specialTokens.Distinct())
        {
            if (!Ids.TryGetValue(text, out int id))
                throw new InvalidDataException($"{Source} has no token {VocabularyFile.Quote(text)}, which was named as a special token.");
            AddedToken token = json?.AddedTokens.Find(token => token.Text == text) ?? new AddedToken(text, id);
            added.Add(token with { IsSpecial = true });
        }
        return added;
    }

    private byte[]?[] ReadTokens(HuggingFaceTokenizerJson? json, HashSet<string> added, BpeMerge[] merges)
    {
        int size = SizeOf(mayLeaveOut: json is not null);
        byte[]?[] vocabulary = new byte[]?[size];
        bool[] merged = new bool[size];
        foreach (BpeMerge merge in merges) merged[merge.Result] = true;
        foreach ((string text, int id) in Ids)
        {
            if (vocabulary[id] is not null)
                throw new InvalidDataException($"{Source} gives {VocabularyFile.Quote(text)} the id {id}, which another token has too.");
            if (json?.IsByteLevel == false) vocabulary[id] = CharacterVocabulary.BytesOf(text, json.FallsBackToBytes);
            // A token that is not spelled in the byte alphabet is never made by merges, and decoded as it stands.
            else vocabulary[id] =
                (added.Contains(text) && !merged[id] ? null : Gpt2ByteAlphabet.TryRead(text)) ?? Encoding.UTF8.GetBytes(text);
        }
        return vocabulary;
    }

    /// <summary>One more than the greatest id.</summary>
    private int SizeOf(bool mayLeaveOut)
    {
        long limit = mayLeaveOut ? VocabularyFile.MaxIds(Ids.Count) : Ids.Count;
        foreach ((string text, int id) in Ids)
        {
            if (id >= 0 && id < limit) continue;
            string range = mayLeaveOut ? "from 0 on and leave few numbers out" : $"0 to {Ids.Count - 1}";
            throw new InvalidDataException(
                $"{Source} gives {VocabularyFile.Quote(text)} the id {id}, but with {Ids.Count} tokens the ids must be {range}.");
        }
        return Ids.Count == 0 ? 0 : Ids.Values.Max() + 1;
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
