using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Encodes and decodes with a <see cref="BpeModel"/>. May be used from many threads at once.</summary>
public sealed class BpeTokenizer : ITokenizer
{
    private readonly SectionEncoder _sections;
    private readonly BpeEncoderPool _encoders;
    private readonly byte[] _decodedStart;

    /// <summary>A tokenizer for a model.</summary>
    /// <param name="model">Its vocabulary, merges and pattern.</param>
    /// <param name="options">How it works; see <see cref="BpeTokenizerOptions"/> for what it does without.</param>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="BpeTokenizerOptions.CacheBytes"/> is out of its range.</exception>
    public BpeTokenizer(BpeModel model, BpeTokenizerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        long cacheBytes = (options ?? new BpeTokenizerOptions()).CacheBytes;
        if (cacheBytes is < BpeTokenizerOptions.MinCacheBytes or > BpeTokenizerOptions.MaxCacheBytes)
            throw new ArgumentOutOfRangeException(
                nameof(options), cacheBytes,
                $"CacheBytes must be {BpeTokenizerOptions.MinCacheBytes:N0} to {BpeTokenizerOptions.MaxCacheBytes:N0}.");
        Model = model;
        _sections = new SectionEncoder(model.Vocabulary);
        _encoders = new BpeEncoderPool(model.Vocabulary, cacheBytes);
        _decodedStart = Encoding.UTF8.GetBytes(model.Vocabulary.Parts.DecodedStart);
    }

    /// <summary>A tokenizer for a vocabulary and merges as byte strings, as the course passes them on.</summary>
    /// <param name="vocabulary">The bytes of each id; the ids are 0 to n - 1.</param>
    /// <param name="merges">The bytes of both sides of each merge, the first to apply first.</param>
    /// <param name="specialTokens">
    /// The texts of the special tokens; those that the vocabulary does not have get the ids after its last, in this order. Null for none.
    /// </param>
    /// <param name="options">How it works; see <see cref="BpeTokenizerOptions"/> for what it does without.</param>
    /// <exception cref="ArgumentException">
    /// Ids are missing, a byte has no token, two tokens have the same bytes, or a merge or special token does not fit the vocabulary.
    /// </exception>
    public BpeTokenizer(
        IReadOnlyDictionary<int, byte[]> vocabulary, IEnumerable<(byte[] Left, byte[] Right)> merges,
        IEnumerable<string>? specialTokens = null, BpeTokenizerOptions? options = null)
        : this(new BpeModel(vocabulary, merges, specialTokens), options)
    {
    }

    /// <summary>The vocabulary, merges and special tokens.</summary>
    public BpeModel Model { get; }

    /// <inheritdoc/>
    public int VocabSize => Model.VocabSize;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, int> SpecialTokens => Model.SpecialTokens;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DecodedStart => _decodedStart;

    /// <summary>A tokenizer for the model in a folder or a file: see <see cref="BpeModel.Load"/>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file, or the folder has none of a model.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or does not fit the others; the message names it.</exception>
    public static BpeTokenizer Load(
        string path, IReadOnlyCollection<string>? specialTokens = null, IPreTokenizer? preTokenizer = null,
        TiktokenEncoding? encoding = null) =>
        new(BpeModel.Load(path, specialTokens, preTokenizer, encoding));

    /// <inheritdoc/>
    public ReadOnlySpan<byte> GetTokenBytes(int id) => Model.GetTokenBytes(id);

    /// <inheritdoc/>
    public void Encode(
        ReadOnlySpan<byte> utf8Text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens = SpecialTokenHandling.Ignore) =>
        Encode(utf8Text, ids, specialTokens, SectionPlace.TextStart);

    /// <inheritdoc/>
    public void EncodeContinuation(ReadOnlySpan<byte> utf8Text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens) =>
        Encode(utf8Text, ids, specialTokens, SectionPlace.Continuation);

    /// <summary>The ids of a text with those that the model's file puts around them, such as one that begins it.</summary>
    /// <exception cref="ForbiddenSpecialTokenException">
    /// The text holds a special token and <paramref name="specialTokens"/> forbids them.
    /// </exception>
    public int[] EncodeWithTemplate(string text, SpecialTokenHandling specialTokens = SpecialTokenHandling.Ignore) =>
        [.. Model.Template.Before, .. this.Encode(text, specialTokens), .. Model.Template.After];

    /// <inheritdoc/>
    public int FindSafeCut(ReadOnlySpan<byte> utf8Text, SpecialTokenHandling specialTokens) =>
        _sections.FindSafeCut(utf8Text, specialTokens);

    private void Encode(ReadOnlySpan<byte> utf8Text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens, SectionPlace place)
    {
        ArgumentNullException.ThrowIfNull(ids);
        BpeEncoder encoder = _encoders.Rent();
        try
        {
            _sections.Encode(encoder, utf8Text, ids, specialTokens, place);
        }
        finally
        {
            _encoders.Return(encoder);
        }
    }
}
