using System.Text;

namespace Cs336.Tokenizers;

/// <summary>A byte-level BPE model: the bytes of each id, the merges in order, and the special tokens. Immutable.</summary>
/// <remarks>
/// Byte-pair encoding of text follows Sennrich et al. 2016 ("Neural Machine Translation of Rare Words with Subword
/// Units"), over bytes as in GPT-2.
/// </remarks>
public sealed class BpeModel
{
    private readonly byte[][] _vocabulary;
    private readonly BpeMerge[] _merges;
    private readonly int[] _byteIds = new int[256];

    /// <summary>Builds a model and checks that it is whole.</summary>
    /// <param name="vocabulary">The bytes of each id, in the order of ids. A special token's bytes are its text in UTF-8.</param>
    /// <param name="merges">The merges, the first to apply first.</param>
    /// <param name="specialTokens">The text of each special token and its id.</param>
    /// <param name="preTokenizer">What cuts text before merging; GPT-2's by default.</param>
    /// <exception cref="ArgumentException">A byte has no token or two, or a merge or special token does not fit the vocabulary.</exception>
    public BpeModel(
        IEnumerable<byte[]> vocabulary, IEnumerable<BpeMerge> merges,
        IEnumerable<KeyValuePair<string, int>> specialTokens, IPreTokenizer? preTokenizer = null)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(merges);
        ArgumentNullException.ThrowIfNull(specialTokens);
        _vocabulary = [.. vocabulary.Select(bytes => bytes.ToArray())];
        _merges = [.. merges];
        SpecialTokens = new Dictionary<string, int>(specialTokens).AsReadOnly();
        PreTokenizer = preTokenizer ?? Gpt2PreTokenizer.Instance;
        CheckSpecialTokens();
        IndexBytes();
        CheckMerges();
    }

    /// <summary>The number of ids, special tokens included.</summary>
    public int VocabSize => _vocabulary.Length;

    /// <summary>The merges, the first to apply first.</summary>
    public IReadOnlyList<BpeMerge> Merges => _merges.AsReadOnly();

    /// <summary>The text of each special token and its id.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens { get; }

    /// <summary>What cuts text into the pieces within which merges apply.</summary>
    public IPreTokenizer PreTokenizer { get; }

    /// <summary>The bytes of a token.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in 0 to <c>VocabSize - 1</c>.</exception>
    public ReadOnlySpan<byte> GetTokenBytes(int id)
    {
        if ((uint)id >= (uint)_vocabulary.Length)
            throw new ArgumentOutOfRangeException(
                nameof(id), $"The id is {id}, but this vocabulary's ids are 0 to {_vocabulary.Length - 1}.");
        return _vocabulary[id];
    }

    /// <summary>The id of the token that is this one byte.</summary>
    public int GetByteId(byte value) => _byteIds[value];

    /// <summary>
    /// Writes <c>vocab.json</c> and <c>merges.txt</c> (as GPT-2's) and <c>tokenizer.json</c> (as Hugging Face's) into a
    /// folder, which is made where it does not exist. At each moment, whatever ends the process, <see cref="Load"/> finds there the
    /// model from before or this one.
    /// </summary>
    /// <exception cref="InvalidOperationException">A special token is spelled as an ordinary token is in <c>vocab.json</c>.</exception>
    /// <exception cref="IOException">The disk is full or failed.</exception>
    public void Save(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        BpeModelFiles.Save(this, directory);
    }

    /// <summary>Loads what <see cref="Save"/> or GPT-2's or Hugging Face's tools wrote.</summary>
    /// <param name="directory">
    /// A folder with <c>vocab.json</c> and <c>merges.txt</c> (with or without a <c>#version</c> line), or with <c>tokenizer.json</c> alone.
    /// Where all three are there, they must describe one vocabulary.
    /// </param>
    /// <param name="specialTokens">
    /// The special tokens. Where null they are those of <c>tokenizer.json</c>, and where there is no such file, the
    /// vocabulary's tokens that no merge makes and that are spelled like <c>&lt;name&gt;</c> or <c>[name]</c>.
    /// </param>
    /// <param name="preTokenizer">What cuts text before merging; GPT-2's by default.</param>
    /// <exception cref="FileNotFoundException">The folder lacks these files.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or does not fit the others; the message names it.</exception>
    public static BpeModel Load(
        string directory, IReadOnlyCollection<string>? specialTokens = null, IPreTokenizer? preTokenizer = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return BpeModelFiles.Load(directory, specialTokens, preTokenizer ?? Gpt2PreTokenizer.Instance);
    }

    private void CheckSpecialTokens()
    {
        HashSet<int> ids = [];
        foreach ((string text, int id) in SpecialTokens)
        {
            if (text.Length == 0) throw new ArgumentException("A special token is empty text: give it a text, or leave it out.");
            if ((uint)id >= (uint)_vocabulary.Length)
                throw new ArgumentException($"Special token '{text}' has id {id}, but the vocabulary's ids are 0 to {VocabSize - 1}.");
            if (!ids.Add(id)) throw new ArgumentException($"Special token '{text}' has id {id}, which another special token has too.");
            if (!_vocabulary[id].AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(text)))
                throw new ArgumentException(
                    $"Special token '{text}' has id {id}, but the vocabulary's bytes there are '{Encoding.UTF8.GetString(_vocabulary[id])}'.");
        }
    }

    private void IndexBytes()
    {
        Array.Fill(_byteIds, -1);
        HashSet<int> special = [.. SpecialTokens.Values];
        for (int id = 0; id < _vocabulary.Length; id++)
        {
            if (_vocabulary[id].Length == 0) throw new ArgumentException($"The token with id {id} has no bytes.");
            if (_vocabulary[id].Length > 1 || special.Contains(id)) continue;
            ref int byteId = ref _byteIds[_vocabulary[id][0]];
            if (byteId >= 0) throw new ArgumentException($"Ids {byteId} and {id} are both the byte 0x{_vocabulary[id][0]:x2}.");
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
            if (!_vocabulary[result].AsSpan().SequenceEqual([.. _vocabulary[left], .. _vocabulary[right]]))
                throw new ArgumentException($"Merge {rank} is {_merges[rank]}, but the bytes of the result are not those of both parts.");
            if (!pairs.Add((left, right))) throw new ArgumentException($"Merge {rank} is {_merges[rank]}, whose pair an earlier merge has too.");
        }
    }
}
