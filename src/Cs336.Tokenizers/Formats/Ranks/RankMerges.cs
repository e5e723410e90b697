namespace Cs336.Tokenizers;

/// <summary>The merges of a vocabulary of which only the tokens and their order are known.</summary>
internal static class RankMerges
{
    // Longer ones are taken as whole pre-tokens alone: all their cuts would take time in proportion to the square of their length.
    private const int MaxMergedLength = 1024;

    /// <summary>The merges that made the tokens; null where some were not made by merging two others.</summary>
    /// <param name="tokens">The tokens, in any order.</param>
    /// <param name="byteIds">The id of each byte.</param>
    public static List<BpeMerge>? Recover(IReadOnlyCollection<RankedToken> tokens, int[] byteIds)
    {
        BpeMergeRecovery recovery = new(byteIds);
        List<BpeMerge> merges = [];
        foreach (RankedToken token in tokens.Where(token => token.Bytes.Length > 1).OrderBy(token => token.Id))
        {
            if (!recovery.TryAdd(token.Bytes, token.Id, out BpeMerge merge)) return null;
            merges.Add(merge);
        }
        return merges;
    }

    /// <summary>
    /// All merges of two tokens into a third, by the third one's rank, as tiktoken merges. It takes a whole pre-token that is a token
    /// first, so those that no merge makes are found as well.
    /// </summary>
    public static List<BpeMerge> FindAll(IReadOnlyCollection<RankedToken> tokens)
    {
        Dictionary<byte[], int> ids = new(tokens.Count, ByteSequenceComparer.Instance);
        foreach (RankedToken token in tokens) ids[token.Bytes] = token.Id;
        Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> find = ids.GetAlternateLookup<ReadOnlySpan<byte>>();
        List<BpeMerge> merges = [];
        foreach (RankedToken token in tokens.Where(token => token.Bytes.Length <= MaxMergedLength).OrderBy(token => token.Id))
        {
            for (int cut = 1; cut < token.Bytes.Length; cut++)
            {
                if (find.TryGetValue(token.Bytes.AsSpan(0, cut), out int left) && find.TryGetValue(token.Bytes.AsSpan(cut), out int right))
                    merges.Add(new BpeMerge(left, right, token.Id));
            }
        }
        return merges;
    }
}
