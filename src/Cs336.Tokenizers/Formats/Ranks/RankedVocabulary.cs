using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Makes a vocabulary of tokens and their order: what all files have in common whose merges must be worked out.</summary>
internal static class RankedVocabulary
{
    /// <summary>Puts tokens and special tokens at their ids, and works out the merges.</summary>
    /// <param name="tokens">The tokens; merging makes them in the order of their ids.</param>
    /// <param name="specialTokens">The text and id of each special token.</param>
    /// <param name="preTokenizer">Gives what cuts text; asked when the tokens have been found sound.</param>
    /// <exception cref="InvalidDataException">They are not a whole byte-level BPE vocabulary; the message names the token.</exception>
    public static BpeVocabulary Make(
        RankedTokens tokens, IReadOnlyCollection<KeyValuePair<string, int>> specialTokens, Func<IPreTokenizer> preTokenizer)
    {
        byte[]?[] placed = Place(tokens, specialTokens);
        int[] byteIds = IndexBytes(tokens);
        IPreTokenizer cuts = preTokenizer();
        List<BpeMerge>? merges = RankMerges.Recover(tokens.All, byteIds);
        try
        {
            return new BpeVocabulary(new BpeParts
            {
                Tokens = placed,
                Merges = merges ?? RankMerges.FindAll(tokens.All),
                AddedTokens = [.. specialTokens.Select(token => new AddedToken(token.Key, token.Value))],
                PreTokenizer = cuts,
                ByteIds = byteIds,
                IgnoresMerges = merges is null,
            });
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{tokens.Path} is not a byte-level BPE vocabulary: {e.Message}", e);
        }
    }

    private static byte[]?[] Place(RankedTokens tokens, IReadOnlyCollection<KeyValuePair<string, int>> specialTokens)
    {
        long size = tokens.All.Select(token => token.Id).Concat(specialTokens.Select(token => token.Value)).Append(-1).Max() + 1L;
        if (size > VocabularyFile.MaxIds(tokens.All.Count))
            throw new InvalidDataException(
                $"{tokens.Path} has {tokens.All.Count} tokens, but ids up to {size - 1}: they must leave few numbers out.");
        byte[]?[] placed = new byte[]?[size];
        foreach (RankedToken token in tokens.All) Set(token.Id, token.Bytes, $"{tokens.PlaceOf(token)}: the id");
        foreach ((string text, int id) in specialTokens)
            Set(id, Encoding.UTF8.GetBytes(text), $"{tokens.Path}: the id of special token {VocabularyFile.Quote(text)}");
        return placed;

        void Set(int id, byte[] token, string what)
        {
            if (id < 0) throw new InvalidDataException($"{what} is {id}, but ids begin at 0.");
            if (placed[id] is not null) throw new InvalidDataException($"{what} is {id}, which another token has too.");
            placed[id] = token;
        }
    }

    private static int[] IndexBytes(RankedTokens tokens)
    {
        int[] ids = new int[256];
        Array.Fill(ids, -1);
        foreach (RankedToken token in tokens.All)
        {
            if (token.Bytes is [byte value]) ids[value] = token.Id;
        }
        int missing = Array.IndexOf(ids, -1);
        return missing < 0
            ? ids
            : throw new InvalidDataException(
                $"{tokens.Path} has no token for the byte 0x{missing:x2}, but a byte-level vocabulary has all 256 bytes.");
    }
}
