using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>
/// A vocabulary as the encoder works on it: every text begins as a symbol for each byte, and merges do the rest. Immutable, so threads
/// share it.
/// </summary>
/// <remarks>
/// A symbol below the vocabulary's size is an id. Those beyond are helpers, which <see cref="Translate"/> turns into ids at the end:
/// <para>
/// A vocabulary over characters (SentencePiece's) has ids for characters of several bytes, and bytes only for other characters. Merges of
/// the bytes of each such character, before all other merges, make it a vocabulary over bytes; what stands for a part of a character is a
/// helper. One that is left over at the end was not such a character, and becomes the ids of its bytes.
/// </para>
/// <para>A byte without an id is a helper, and becomes the unknown token.</para>
/// </remarks>
internal sealed class BpeSymbols
{
    private readonly BpeVocabulary _vocabulary;
    private readonly int[] _byteSymbols = new int[256];
    private readonly List<byte[]> _helpers = [];
    private readonly WholeTokens? _wholeTokens;

    /// <summary>The symbols of a vocabulary.</summary>
    public BpeSymbols(BpeVocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        for (int value = 0; value < 256; value++)
        {
            int id = vocabulary.GetByteId((byte)value);
            _byteSymbols[value] = id >= 0 ? id : AddHelper([(byte)value]);
        }
        Merges = [.. MakeCharacterMerges(), .. vocabulary.Merges];
        MergesAreOrdered = AreOrdered();
        _wholeTokens = vocabulary.Parts.IgnoresMerges ? new WholeTokens(vocabulary) : null;
    }

    /// <summary>The merges, the first to apply first.</summary>
    public BpeMerge[] Merges { get; }

    /// <summary>
    /// Whether each merge makes a token of its own from tokens that were there before it, as training does. Only then do the ids of a part
    /// of a text tell those of the whole.
    /// </summary>
    public bool MergesAreOrdered { get; }

    /// <summary>The number of symbols: all are below it.</summary>
    public int Count => _vocabulary.VocabSize + _helpers.Count;

    /// <summary>The symbol of a byte.</summary>
    public int OfByte(byte value) => _byteSymbols[value];

    /// <summary>How many bytes a symbol stands for.</summary>
    public int LengthOf(int symbol) =>
        symbol < _vocabulary.VocabSize ? _vocabulary.GetMergedBytes(symbol).Length : _helpers[symbol - _vocabulary.VocabSize].Length;

    /// <summary>The id of a whole pre-token, where the vocabulary takes that before all merges.</summary>
    public bool TryGetWhole(ReadOnlySpan<byte> preToken, out int id)
    {
        id = _wholeTokens?.Find(preToken) ?? -1;
        return id >= 0;
    }

    /// <summary>Whether <see cref="Translate"/> finds an id for all of a text.</summary>
    public bool KnowsAll(ReadOnlySpan<byte> text)
    {
        if (_vocabulary.Parts.UnknownId is not null) return true;
        foreach (byte value in text)
        {
            if (_byteSymbols[value] >= _vocabulary.VocabSize) return false;
        }
        return true;
    }

    /// <summary>Turns the symbols of a pre-token into ids, at most one for each byte, and returns how many there are.</summary>
    /// <exception cref="InvalidOperationException">A byte has no token, and the vocabulary names none for what is unknown.</exception>
    public int Translate(Span<int> symbols, int count)
    {
        if (_helpers.Count == 0 || !symbols[..count].ContainsAnyInRange(_vocabulary.VocabSize, int.MaxValue)) return count;
        int[] before = symbols[..count].ToArray();
        int written = 0;
        bool afterUnknown = false;
        foreach (int symbol in before)
        {
            if (symbol < _vocabulary.VocabSize)
            {
                symbols[written++] = symbol;
                afterUnknown = false;
                continue;
            }
            foreach (byte value in _helpers[symbol - _vocabulary.VocabSize])
            {
                int id = _byteSymbols[value];
                bool isUnknown = id >= _vocabulary.VocabSize;
                if (!isUnknown) symbols[written++] = id;
                else if (!(_vocabulary.Parts.FusesUnknown && afterUnknown) && !IsContinuation(value)) symbols[written++] = UnknownId(value);
                afterUnknown = isUnknown;
            }
        }
        return written;
    }

    // Of a character that has neither an id nor bytes, the first byte stands for the whole.
    private bool IsContinuation(byte value) => _vocabulary.Parts.CharacterIds is not null && (value & 0xC0) == 0x80;

    private int UnknownId(byte value) => _vocabulary.Parts.UnknownId
        ?? throw new InvalidOperationException(
            $"The text holds the byte 0x{value:x2}, for which the vocabulary has no token, nor one for what is unknown.");

    private int AddHelper(byte[] bytes)
    {
        _helpers.Add(bytes);
        return _vocabulary.VocabSize + _helpers.Count - 1;
    }

    private List<BpeMerge> MakeCharacterMerges()
    {
        List<BpeMerge> merges = [];
        Dictionary<int, int> starts = [];
        foreach (int id in _vocabulary.Parts.CharacterIds ?? [])
        {
            byte[] bytes = _vocabulary.GetMergedBytes(id).ToArray();
            int left = _byteSymbols[bytes[0]], key = bytes[0];
            for (int i = 1; i < bytes.Length; i++)
            {
                key = (key << 8) | bytes[i];
                bool isWhole = i == bytes.Length - 1;
                bool isNew = !starts.TryGetValue(key, out int result);
                if (isNew) starts[key] = result = isWhole ? id : AddHelper(bytes[..(i + 1)]);
                if (isNew) merges.Add(new BpeMerge(left, _byteSymbols[bytes[i]], result));
                left = result;
            }
        }
        return merges;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool AreOrdered()
    {
        bool[] made = new bool[Count];
        foreach (int symbol in _byteSymbols) made[symbol] = true;
        foreach (BpeMerge merge in Merges)
        {
            if (!made[merge.Left] || !made[merge.Right] || made[merge.Result]) return false;
            made[merge.Result] = true;
        }
        return true;
    }
}
