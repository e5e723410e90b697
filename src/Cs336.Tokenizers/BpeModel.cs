namespace Cs336.Tokenizers;

/// <summary>A byte-level BPE model: the bytes of each id, the merges in order, and the special tokens. Immutable.</summary>
/// <remarks>
/// Byte-pair encoding of text follows Sennrich et al. 2016 ("Neural Machine Translation of Rare Words with Subword
/// Units"), over bytes as in GPT-2.
/// </remarks>
public sealed class BpeModel
{
    /// <summary>Builds a model and checks that it is whole.</summary>
    /// <param name="vocabulary">The bytes of each id, in the order of ids. A special token's bytes are its text in UTF-8.</param>
    /// <param name="merges">The merges, the first to apply first.</param>
    /// <param name="specialTokens">The text of each special token and its id.</param>
    /// <param name="preTokenizer">What cuts text before merging; GPT-2's by default.</param>
    /// <exception cref="ArgumentException">A byte has no token or two, or a merge or special token does not fit the vocabulary.</exception>
    public BpeModel(
        IEnumerable<byte[]> vocabulary, IEnumerable<BpeMerge> merges,
        IEnumerable<KeyValuePair<string, int>> specialTokens, IPreTokenizer? preTokenizer = null)
        : this(new BpeVocabulary(MakeParts(vocabulary, merges, specialTokens, preTokenizer)))
    {
    }

    /// <summary>Builds a model as files describe them, with ids that no token has and added tokens that are not special.</summary>
    /// <param name="vocabulary">The bytes of each id, in the order of ids; null for an id that no token has.</param>
    /// <param name="merges">The merges, the first to apply first.</param>
    /// <param name="addedTokens">Special and other added tokens.</param>
    /// <param name="preTokenizer">What cuts text before merging.</param>
    /// <param name="ignoresMerges">Whether a pre-token that is a token is that token, even where merges lead elsewhere.</param>
    /// <exception cref="ArgumentException">
    /// A byte has no token or two, or a merge or added token does not fit the vocabulary.
    /// </exception>
    public BpeModel(
        IEnumerable<byte[]?> vocabulary, IEnumerable<BpeMerge> merges, IEnumerable<AddedToken> addedTokens, IPreTokenizer preTokenizer,
        bool ignoresMerges)
        : this(new BpeVocabulary(MakeParts(vocabulary, merges, addedTokens, preTokenizer) with { IgnoresMerges = ignoresMerges }))
    {
    }

    /// <summary>
    /// Builds a model of a vocabulary and merges as byte strings, as the course passes them on, and checks that it is whole.
    /// </summary>
    /// <param name="vocabulary">The bytes of each id; the ids are 0 to n - 1.</param>
    /// <param name="merges">The bytes of both sides of each merge, the first to apply first.</param>
    /// <param name="specialTokens">
    /// The texts of the special tokens; those that the vocabulary does not have get the ids after its last, in this order. Null for none.
    /// </param>
    /// <param name="preTokenizer">What cuts text before merging; GPT-2's by default.</param>
    /// <exception cref="ArgumentException">
    /// Ids are missing, a byte has no token, two tokens have the same bytes, or a merge or special token does not fit the vocabulary.
    /// </exception>
    public BpeModel(
        IReadOnlyDictionary<int, byte[]> vocabulary, IEnumerable<(byte[] Left, byte[] Right)> merges,
        IEnumerable<string>? specialTokens = null, IPreTokenizer? preTokenizer = null)
        : this(new BpeVocabulary(BytePairs.ToParts(
            vocabulary ?? throw new ArgumentNullException(nameof(vocabulary)), merges ?? throw new ArgumentNullException(nameof(merges)),
            specialTokens ?? [], preTokenizer ?? Gpt2PreTokenizer.Instance)))
    {
    }

    internal BpeModel(BpeVocabulary vocabulary) => Vocabulary = vocabulary;

    /// <summary>The number of ids, special tokens included.</summary>
    public int VocabSize => Vocabulary.VocabSize;

    /// <summary>The merges, the first to apply first.</summary>
    public IReadOnlyList<BpeMerge> Merges => Vocabulary.Merges;

    /// <summary>The text of each special token and its id.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens => Vocabulary.SpecialTokens;

    /// <summary>Special tokens, and others that are found in text as they stand.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => Vocabulary.Parts.AddedTokens;

    /// <summary>The ids that the model's file puts around those of a text; see <see cref="BpeTokenizer.EncodeWithTemplate"/>.</summary>
    public TokenTemplate Template => Vocabulary.Parts.Template;

    /// <summary>What cuts text into the pre-tokens within which merges apply.</summary>
    public IPreTokenizer PreTokenizer => Vocabulary.PreTokenizer;

    /// <summary>Whether its tokens are made of bytes; false for SentencePiece's, which are made of characters.</summary>
    public bool IsOverBytes => Vocabulary.Parts.CharacterIds is null;

    /// <summary>Whether text is changed before it is cut, as by a Unicode normalization.</summary>
    public bool ChangesText => !Vocabulary.Parts.Normalizer.IsNone || !Vocabulary.Parts.Preparation.IsNone;

    /// <summary>Whether a pre-token that is a token is that token, even where merges lead elsewhere.</summary>
    public bool IgnoresMerges => Vocabulary.Parts.IgnoresMerges;

    /// <summary>What the encoder and the file formats work on.</summary>
    internal BpeVocabulary Vocabulary { get; }

    /// <summary>The bytes of a token in decoded text; none where no token has the id, as some files leave ids out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in 0 to <c>VocabSize - 1</c>.</exception>
    public ReadOnlySpan<byte> GetTokenBytes(int id) => Vocabulary.GetTokenBytes(id);

    /// <summary>The id of the token that is this one byte; -1 where the vocabulary has none.</summary>
    public int GetByteId(byte value) => Vocabulary.GetByteId(value);

    /// <summary>The bytes of each id, as merges see them; ids that no token has are left out.</summary>
    /// <returns>A copy.</returns>
    public Dictionary<int, byte[]> GetVocabulary() =>
        Enumerable.Range(0, VocabSize).Where(Vocabulary.HasToken).ToDictionary(id => id, id => Vocabulary.GetMergedBytes(id).ToArray());

    /// <summary>The bytes of both sides of each merge, the first to apply first.</summary>
    /// <returns>A copy.</returns>
    public IReadOnlyList<(byte[] Left, byte[] Right)> GetBytePairs() =>
        [.. Merges.Select(merge => (Vocabulary.GetMergedBytes(merge.Left).ToArray(), Vocabulary.GetMergedBytes(merge.Right).ToArray()))];

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
        BpeModelFiles.Save(Vocabulary, directory);
    }

    /// <summary>Loads what <see cref="Save"/> or the tools of GPT-2, Hugging Face, SentencePiece and tiktoken wrote.</summary>
    /// <param name="path">
    /// A folder with <c>tokenizer.json</c>, which describes the whole tokenizer: normalization, pattern, added tokens. Or one with
    /// <c>vocab.json</c> and <c>merges.txt</c> (with or without a <c>#version</c> line), which are taken as GPT-2's: where all three are
    /// there, they must describe one vocabulary. Or, without these, one with Mistral's <c>tekken.json</c>, or with SentencePiece's
    /// <c>tokenizer.model</c> (<see cref="SentencePieceFile"/>). Or one such file, a rank file of tiktoken that is recognised
    /// (<see cref="TiktokenFile"/>), or an encoding of tiktoken in the JSON of npm packages; which kind of file it is tells its content.
    /// </param>
    /// <param name="specialTokens">
    /// The special tokens. Where null they are those of the file, and of <c>vocab.json</c> and <c>merges.txt</c>, which name none, the
    /// vocabulary's tokens that no merge makes and that are spelled like <c>&lt;name&gt;</c> or <c>[name]</c>.
    /// </param>
    /// <param name="preTokenizer">What cuts text before merging, instead of what the file says.</param>
    /// <param name="encoding">What a rank file does not say; null for any other file, and for one that is recognised.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or the folder has none of these.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, does not fit the others, or describes what is not BPE; the message names it. Or an encoding was named for what is
    /// no rank file.
    /// </exception>
    public static BpeModel Load(
        string path, IReadOnlyCollection<string>? specialTokens = null, IPreTokenizer? preTokenizer = null,
        TiktokenEncoding? encoding = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new BpeModel(BpeModelFiles.Load(path, specialTokens, preTokenizer, encoding));
    }

    private static BpeParts MakeParts(
        IEnumerable<byte[]> vocabulary, IEnumerable<BpeMerge> merges,
        IEnumerable<KeyValuePair<string, int>> specialTokens, IPreTokenizer? preTokenizer)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(merges);
        ArgumentNullException.ThrowIfNull(specialTokens);
        return new BpeParts
        {
            Tokens = [.. vocabulary.Select(bytes => bytes.ToArray())],
            Merges = [.. merges],
            AddedTokens = [.. specialTokens.Select(token => new AddedToken(token.Key, token.Value))],
            PreTokenizer = preTokenizer ?? Gpt2PreTokenizer.Instance,
        };
    }

    private static BpeParts MakeParts(
        IEnumerable<byte[]?> vocabulary, IEnumerable<BpeMerge> merges, IEnumerable<AddedToken> addedTokens, IPreTokenizer preTokenizer)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(merges);
        ArgumentNullException.ThrowIfNull(addedTokens);
        ArgumentNullException.ThrowIfNull(preTokenizer);
        byte[]?[] tokens = [.. vocabulary.Select(bytes => bytes?.ToArray())];
        AddedToken[] added = [.. addedTokens];
        return new BpeParts
        {
            Tokens = tokens,
            Merges = [.. merges],
            AddedTokens = added,
            PreTokenizer = preTokenizer,
            ByteIds = FindBytes(tokens, [.. added.Select(token => token.Id)]),
        };
    }

    private static int[] FindBytes(byte[]?[] tokens, HashSet<int> added)
    {
        int[] ids = new int[256];
        Array.Fill(ids, -1);
        for (int id = 0; id < tokens.Length; id++)
        {
            if (tokens[id] is not [byte value] || added.Contains(id)) continue;
            if (ids[value] >= 0) throw new ArgumentException($"Ids {ids[value]} and {id} are both the byte 0x{value:x2}.");
            ids[value] = id;
        }
        int missing = Array.IndexOf(ids, -1);
        return missing < 0 ? ids
            : throw new ArgumentException($"No token is the byte 0x{missing:x2}, but a byte-level vocabulary has all 256 bytes.");
    }
}
