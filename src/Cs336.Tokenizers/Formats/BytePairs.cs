using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Vocabularies as dictionaries and merges as pairs of byte strings, as programs pass them on, into ids and back.</summary>
internal static class BytePairs
{
    /// <summary>The parts of a model.</summary>
    /// <param name="vocabulary">The bytes of each id, which are 0 to n - 1.</param>
    /// <param name="merges">The bytes of both sides of each merge, the first to apply first.</param>
    /// <param name="specialTokens">
    /// The texts of the special tokens; those that the vocabulary does not have get the ids after its last.
    /// </param>
    /// <param name="preTokenizer">What cuts text before merging.</param>
    /// <exception cref="ArgumentException">Ids are missing, two have the same bytes, or a merge or special token does not fit.</exception>
    public static BpeParts ToParts(
        IReadOnlyDictionary<int, byte[]> vocabulary, IEnumerable<(byte[] Left, byte[] Right)> merges, IEnumerable<string> specialTokens,
        IPreTokenizer preTokenizer)
    {
        List<byte[]> tokens = InOrder(vocabulary);
        Dictionary<byte[], int> ids = new(tokens.Count, ByteSequenceComparer.Instance);
        for (int id = 0; id < tokens.Count; id++)
            if (!ids.TryAdd(tokens[id], id))
                throw new ArgumentException($"Ids {ids[tokens[id]]} and {id} are both {Spell(tokens[id])}: leave one out.");
        List<AddedToken> added = [];
        foreach (string text in specialTokens)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text ?? throw new ArgumentException("A special token is null: leave it out."));
            if (added.Any(token => token.Text == text))
                throw new ArgumentException($"Special token '{text}' is there twice: leave one out.");
            if (!ids.TryGetValue(bytes, out int id))
            {
                ids.Add(bytes, id = tokens.Count);
                tokens.Add(bytes);
            }
            added.Add(new AddedToken(text, id));
        }
        return new BpeParts
        {
            Tokens = tokens,
            Merges = [.. merges.Select((merge, rank) => ToIds(merge, rank, ids))],
            AddedTokens = added,
            PreTokenizer = preTokenizer,
        };
    }

    private static List<byte[]> InOrder(IReadOnlyDictionary<int, byte[]> vocabulary)
    {
        List<byte[]> tokens = new(vocabulary.Count);
        for (int id = 0; id < vocabulary.Count; id++)
        {
            if (!vocabulary.TryGetValue(id, out byte[]? bytes) || bytes is null)
                throw new ArgumentException(
                    $"The vocabulary has {vocabulary.Count} tokens, but none with id {id}: the ids must be 0 to {vocabulary.Count - 1}.");
            tokens.Add([.. bytes]);
        }
        return tokens;
    }

    private static BpeMerge ToIds((byte[] Left, byte[] Right) merge, int rank, Dictionary<byte[], int> ids)
    {
        if (merge.Left is null || merge.Right is null) throw new ArgumentException($"Merge {rank} has a side that is null.");
        return new BpeMerge(Find(merge.Left), Find(merge.Right), Find([.. merge.Left, .. merge.Right]));

        int Find(byte[] bytes) => ids.TryGetValue(bytes, out int id) ? id : throw new ArgumentException(
            $"Merge {rank} is of {Spell(merge.Left)} and {Spell(merge.Right)}, but the vocabulary has no token {Spell(bytes)}.");
    }

    private static string Spell(byte[] bytes) => $"'{Encoding.UTF8.GetString(bytes)}' (bytes {Convert.ToHexStringLower(bytes)})";
}
