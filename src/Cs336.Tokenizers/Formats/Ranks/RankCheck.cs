namespace Cs336.Tokenizers;

/// <summary>Checks that a vocabulary can be written as tokens and their order alone: that its merges follow from these.</summary>
internal static class RankCheck
{
    private const string Refusal = "The model cannot be written as a rank file: ", Advice = "Save it as tokenizer.json.";

    private static readonly Comparer<BpeMerge> ByResult =
        Comparer<BpeMerge>.Create((one, other) => (one.Result, one.Left, one.Right).CompareTo((other.Result, other.Left, other.Right)));

    /// <exception cref="InvalidOperationException">The ranks alone would give other ids.</exception>
    public static void RanksSuffice(BpeVocabulary vocabulary)
    {
        BpeParts parts = vocabulary.Parts;
        if (parts.CharacterIds is not null || !parts.Normalizer.IsNone || !parts.Preparation.IsNone
            || parts.AddedTokens.Any(token => !token.IsSpecial)
            || parts.UnknownId is not null)
            throw new InvalidOperationException(
                $"{Refusal}those hold bytes and ranks, but neither normalization, nor added tokens "
                + $"that are not special, nor one for what is unknown. {Advice}");
        if (parts.IgnoresMerges) CheckRanksAreMerges(vocabulary);
        else CheckMergesFollow(vocabulary);
    }

    /// <summary>
    /// Where a pre-token that is a token goes before merges, the merges must be those that a reader of the ranks finds: the ones that made
    /// the tokens, or else all ways to make a token of two, by its rank.
    /// </summary>
    private static void CheckRanksAreMerges(BpeVocabulary vocabulary)
    {
        HashSet<int> added = [.. vocabulary.Parts.AddedTokens.Select(token => token.Id)];
        List<RankedToken> tokens = [.. Enumerable.Range(0, vocabulary.VocabSize)
            .Where(id => vocabulary.HasToken(id) && !added.Contains(id))
            .Select(id => new RankedToken(vocabulary.GetMergedBytes(id).ToArray(), id, id))];
        int[] byteIds = ByteIdsOf(vocabulary);
        bool isWhole = !byteIds.Contains(-1)
            && tokens.Select(token => token.Bytes).Distinct(ByteSequenceComparer.Instance).Count() == tokens.Count;
        List<BpeMerge>? recovered = isWhole ? RankMerges.Recover(tokens, byteIds) : null;
        if (isWhole && (recovered is not null && recovered.SequenceEqual(vocabulary.Merges)
            || RankMerges.FindAll(tokens).Order(ByResult).SequenceEqual(vocabulary.Merges.Order(ByResult)) && AreRising(vocabulary.Merges)))
            return;
        throw new InvalidOperationException($"{Refusal}its merges are not those that ids alone would give. {Advice}");

        static bool AreRising(IReadOnlyList<BpeMerge> merges) =>
            merges.Zip(merges.Skip(1)).All(pair => pair.First.Result <= pair.Second.Result);
    }

    private static void CheckMergesFollow(BpeVocabulary vocabulary)
    {
        BpeMergeRecovery recovery = new(ByteIdsOf(vocabulary));
        int last = -1, made = 0;
        foreach (BpeMerge merge in vocabulary.Merges)
        {
            ReadOnlySpan<byte> token = vocabulary.GetTokenBytes(merge.Result);
            if (merge.Result <= last || !recovery.TryAdd(token, merge.Result, out BpeMerge recovered) || recovered != merge)
                throw new InvalidOperationException($"{Refusal}{merge} is not the merge that ids alone would give. {Advice}");
            last = merge.Result;
            made++;
        }
        int tokens = Enumerable.Range(0, vocabulary.VocabSize).Count(vocabulary.HasToken);
        if (made + 256 + vocabulary.Parts.AddedTokens.Count != tokens)
            throw new InvalidOperationException($"{Refusal}it has tokens that no merge makes. {Advice}");
    }

    private static int[] ByteIdsOf(BpeVocabulary vocabulary) =>
        [.. Enumerable.Range(0, 256).Select(value => vocabulary.GetByteId((byte)value))];
}
