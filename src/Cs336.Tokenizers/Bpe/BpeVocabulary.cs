using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace Cs336.Tokenizers;

/// <summary>
/// All that decides the ids of a text: the bytes of each id, the merges in order, the added tokens, and what is done to text before.
/// Immutable, and checked to be whole.
/// </summary>
/// <remarks>
/// The encoder and the file formats work on this. It knows nothing of them, nor of <see cref="BpeModel"/>, which is what users
/// hold.
/// </remarks>
internal sealed class BpeVocabulary
{
    private readonly byte[]?[] _tokens, _decoded;
    private readonly BpeMerge[] _merges;
    private readonly int[] _byteIds;

    /// <exception cref="ArgumentException">A byte has no token or two, or a merge or added token does not fit the vocabulary.</exception>
    public BpeVocabulary(BpeParts parts)
    {
        Parts = parts;
        _tokens = [.. parts.Tokens];
        _merges = [.. parts.Merges];
        SpecialTokens = parts.AddedTokens.Where(token => token.IsSpecial).ToDictionary(token => token.Text, token => token.Id).AsReadOnly();
        CheckAddedTokens();
        _byteIds = parts.ByteIds is null ? FindBytes() : [.. parts.ByteIds];
        CheckMerges();
        _decoded = parts.DecodedTexts.Count == 0 ? _tokens : [.. _tokens.Select(Decode)];
    }

    /// <summary>What it was made of.</summary>
    public BpeParts Parts { get; }

    /// <summary>The number of ids, those of added tokens included.</summary>
    public int VocabSize => _tokens.Length;

    /// <summary>The merges, the first to apply first.</summary>
    public IReadOnlyList<BpeMerge> Merges => _merges.AsReadOnly();

    /// <summary>The text of each special token and its id.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens { get; }

    /// <summary>What cuts text into the pre-tokens within which merges apply.</summary>
    public IPreTokenizer PreTokenizer => Parts.PreTokenizer;

    /// <summary>Whether an id is a token; there may be holes.</summary>
    public bool HasToken(int id) => _tokens[id] is not null;

    /// <summary>The bytes of a token in decoded text; none where no token has the id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in 0 to <c>VocabSize - 1</c>.</exception>
    public ReadOnlySpan<byte> GetTokenBytes(int id) => At(_decoded, id);

    /// <summary>The bytes of a token as merges see them; none where no token has the id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in 0 to <c>VocabSize - 1</c>.</exception>
    public ReadOnlySpan<byte> GetMergedBytes(int id) => At(_tokens, id);

    /// <summary>The id of the token that is this one byte; -1 where there is none.</summary>
    public int GetByteId(byte value) => _byteIds[value];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ReadOnlySpan<byte> At(byte[]?[] tokens, int id) =>
        (uint)id < (uint)tokens.Length ? tokens[id] : throw Unknown(tokens, id);

    private static ArgumentOutOfRangeException Unknown(byte[]?[] tokens, int id) =>
        new(nameof(id), $"The id is {id}, but this vocabulary's ids are 0 to {tokens.Length - 1}.");

    private byte[]? Decode(byte[]? token)
    {
        if (token is null || !Utf8.IsValid(token)) return token; // null, or one byte of a character
        string text = Encoding.UTF8.GetString(token);
        foreach ((string from, string to) in Parts.DecodedTexts) text = text.Replace(from, to, StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(text);
    }

    private void CheckAddedTokens()
    {
        HashSet<int> ids = [];
        foreach (AddedToken token in Parts.AddedTokens)
        {
            string what = $"{(token.IsSpecial ? "Special" : "Added")} token '{token.Text}' has id {token.Id}, ";
            if (token.Text.Length == 0) throw new ArgumentException("A special token is empty text: give it a text, or leave it out.");
            if ((uint)token.Id >= (uint)_tokens.Length)
                throw new ArgumentException($"{what}but the vocabulary's ids are 0 to {VocabSize - 1}.");
            if (!ids.Add(token.Id)) throw new ArgumentException($"{what}which another special token has too.");
            if (!_tokens[token.Id].AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(token.Text)))
                throw new ArgumentException(
                    $"{what}but the vocabulary's bytes there are '{Encoding.UTF8.GetString(_tokens[token.Id] ?? [])}'.");
        }
    }

    private int[] FindBytes()
    {
        int[] byteIds = new int[256];
        Array.Fill(byteIds, -1);
        HashSet<int> added = [.. Parts.AddedTokens.Select(token => token.Id)];
        for (int id = 0; id < _tokens.Length; id++)
        {
            if (_tokens[id] is not byte[] token || token.Length == 0) throw new ArgumentException($"The token with id {id} has no bytes.");
            if (token.Length > 1 || added.Contains(id)) continue;
            ref int byteId = ref byteIds[token[0]];
            if (byteId >= 0) throw new ArgumentException($"Ids {byteId} and {id} are both the byte 0x{token[0]:x2}.");
            byteId = id;
        }
        int missing = Array.IndexOf(byteIds, -1);
        return missing < 0
            ? byteIds
            : throw new ArgumentException($"No token is the byte 0x{missing:x2}, but a byte-level vocabulary has all 256 bytes.");
    }

    private void CheckMerges()
    {
        HashSet<ulong> pairs = new(_merges.Length);
        for (int rank = 0; rank < _merges.Length; rank++)
        {
            (int left, int right, int result) = _merges[rank];
            if (Math.Min(left, Math.Min(right, result)) < 0 || Math.Max(left, Math.Max(right, result)) >= VocabSize)
                throw new ArgumentException($"Merge {rank} is {_merges[rank]}, but the vocabulary's ids are 0 to {VocabSize - 1}.");
            ReadOnlySpan<byte> whole = _tokens[result], first = _tokens[left], second = _tokens[right];
            if (whole.Length != first.Length + second.Length || !whole.StartsWith(first) || !whole.EndsWith(second))
                throw new ArgumentException($"Merge {rank} is {_merges[rank]}, but the bytes of the result are not those of both parts.");
            if (!pairs.Add(((ulong)left << 32) | (uint)right))
                throw new ArgumentException(
                    $"Merge {rank} is {_merges[rank]}, whose pair an earlier merge has too.");
        }
    }
}
