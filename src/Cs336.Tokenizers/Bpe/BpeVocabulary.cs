using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// All that decides the ids of a text: the bytes of each id, the merges in order, the special tokens, and what cuts text. Immutable,
/// and checked to be whole.
/// </summary>
/// <remarks>
/// The encoder and the file formats work on this. It knows nothing of them, nor of <see cref="BpeModel"/>, which is what users
/// hold.
/// </remarks>
internal sealed class BpeVocabulary
{
    private readonly byte[][] _tokens;
    private readonly BpeMerge[] _merges;
    private readonly int[] _byteIds = new int[256];

    /// <inheritdoc cref="BpeModel(IEnumerable{byte[]}, IEnumerable{BpeMerge}, IEnumerable{KeyValuePair{string, int}}, IPreTokenizer?)"/>
    public BpeVocabulary(
        IEnumerable<byte[]> vocabulary, IEnumerable<BpeMerge> merges,
        IEnumerable<KeyValuePair<string, int>> specialTokens, IPreTokenizer? preTokenizer)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(merges);
        ArgumentNullException.ThrowIfNull(specialTokens);
        _tokens = [.. vocabulary.Select(bytes => bytes.ToArray())];
        _merges = [.. merges];
        SpecialTokens = new Dictionary<string, int>(specialTokens).AsReadOnly();
        PreTokenizer = preTokenizer ?? Gpt2PreTokenizer.Instance;
        CheckSpecialTokens();
        IndexBytes();
        CheckMerges();
    }

    /// <summary>The number of ids, special tokens included.</summary>
    public int VocabSize => _tokens.Length;

    /// <summary>The merges, the first to apply first.</summary>
    public IReadOnlyList<BpeMerge> Merges => _merges.AsReadOnly();

    /// <summary>The text of each special token and its id.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens { get; }

    /// <summary>What cuts text into the pre-tokens within which merges apply.</summary>
    public IPreTokenizer PreTokenizer { get; }

    /// <summary>The bytes of a token.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in 0 to <c>VocabSize - 1</c>.</exception>
    public ReadOnlySpan<byte> GetTokenBytes(int id)
    {
        if ((uint)id >= (uint)_tokens.Length)
            throw new ArgumentOutOfRangeException(
                nameof(id), $"The id is {id}, but this vocabulary's ids are 0 to {_tokens.Length - 1}.");
        return _tokens[id];
    }

    /// <summary>The id of the token that is this one byte.</summary>
    public int GetByteId(byte value) => _byteIds[value];

    private void CheckSpecialTokens()
    {
        HashSet<int> ids = [];
        foreach ((string text, int id) in SpecialTokens)
        {
            if (text.Length == 0) throw new ArgumentException("A special token is empty text: give it a text, or leave it out.");
            if ((uint)id >= (uint)_tokens.Length)
                throw new ArgumentException($"Special token '{text}' has id {id}, but the vocabulary's ids are 0 to {VocabSize - 1}.");
            if (!ids.Add(id)) throw new ArgumentException($"Special token '{text}' has id {id}, which another special token has too.");
            if (!_tokens[id].AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(text)))
                throw new ArgumentException(
                    $"Special token '{text}' has id {id}, but the vocabulary's bytes there are '{Encoding.UTF8.GetString(_tokens[id])}'.");
        }
    }

    private void IndexBytes()
    {
        Array.Fill(_byteIds, -1);
        HashSet<int> special = [.. SpecialTokens.Values];
        for (int id = 0; id < _tokens.Length; id++)
        {
            if (_tokens[id].Length == 0) throw new ArgumentException($"The token with id {id} has no bytes.");
            if (_tokens[id].Length > 1 || special.Contains(id)) continue;
            ref int byteId = ref _byteIds[_tokens[id][0]];
            if (byteId >= 0) throw new ArgumentException($"Ids {byteId} and {id} are both the byte 0x{_tokens[id][0]:x2}.");
            byteId = id;
        }
        int missing = Array.IndexOf(_byteIds, -1);
        if (missing >= 0)
            throw new ArgumentException($"No token is the byte 0x{missing:x2}, but a byte-level vocabulary has all 256 bytes.");
    }

    private void CheckMerges()
    {
        HashSet<(int, int)> pairs = [];
        for (int rank = 0; rank < _merges.Length; rank++)
        {
            (int left, int right, int result) = _merges[rank];
            if (Math.Min(left, Math.Min(right, result)) < 0 || Math.Max(left, Math.Max(right, result)) >= VocabSize)
                throw new ArgumentException($"Merge {rank} is {_merges[rank]}, but the vocabulary's ids are 0 to {VocabSize - 1}.");
            if (!_tokens[result].AsSpan().SequenceEqual([.. _tokens[left], .. _tokens[right]]))
                throw new ArgumentException($"Merge {rank} is {_merges[rank]}, but the bytes of the result are not those of both parts.");
            if (!pairs.Add((left, right)))
                throw new ArgumentException(
                    $"Merge {rank} is {_merges[rank]}, whose pair an earlier merge has too.");
        }
    }
}
