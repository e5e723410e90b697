using Cs336.Alphabet;

namespace Cs336.Tokenizers;

/// <summary>The tokens of a file in the file's order, none of them twice.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="placeOf">How messages call a place in it.</param>
internal sealed class RankedTokens(string path, Func<int, string> placeOf)
{
    private readonly List<RankedToken> _tokens = [];
    private readonly Dictionary<byte[], int> _indexes = new(ByteSequenceComparer.Instance);

    /// <summary>The file, for messages.</summary>
    public string Path => path;

    /// <summary>The tokens.</summary>
    public IReadOnlyList<RankedToken> All => _tokens;

    /// <exception cref="InvalidDataException">The token is there already.</exception>
    public void Add(RankedToken token)
    {
        if (!_indexes.TryAdd(token.Bytes, _tokens.Count))
            throw new InvalidDataException(
                $"{PlaceOf(token)} has the token {VocabularyFile.Quote(Gpt2ByteAlphabet.Spell(token.Bytes))}, "
                + $"which {placeOf(_tokens[_indexes[token.Bytes]].Place)} has too.");
        _tokens.Add(token);
    }

    /// <summary>The file and a token's place in it.</summary>
    public string PlaceOf(RankedToken token) => $"{path}, {placeOf(token.Place)}";
}
