using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Encodes and decodes with a <see cref="BpeModel"/>. May be used from many threads at once.</summary>
public sealed class BpeTokenizer : ITokenizer
{
    private readonly SpecialTokenMatcher _specialTokens;
    private readonly BpeEncoderPool _encoders;

    /// <summary>A tokenizer for a model.</summary>
    public BpeTokenizer(BpeModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Model = model;
        _specialTokens = new SpecialTokenMatcher(model.SpecialTokens);
        _encoders = new BpeEncoderPool(model.Vocabulary);
    }

    /// <summary>The vocabulary, merges and special tokens.</summary>
    public BpeModel Model { get; }

    /// <inheritdoc/>
    public int VocabSize => Model.VocabSize;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, int> SpecialTokens => Model.SpecialTokens;

    /// <summary>A tokenizer for the model in a folder: see <see cref="BpeModel.Load"/>.</summary>
    /// <exception cref="FileNotFoundException">The folder lacks the model's files.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or does not fit the others; the message names it.</exception>
    public static BpeTokenizer Load(
        string directory, IReadOnlyCollection<string>? specialTokens = null, IPreTokenizer? preTokenizer = null) =>
        new(BpeModel.Load(directory, specialTokens, preTokenizer));

    /// <inheritdoc/>
    public ReadOnlySpan<byte> GetTokenBytes(int id) => Model.GetTokenBytes(id);

    /// <inheritdoc/>
    public void Encode(
        ReadOnlySpan<byte> utf8Text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens = SpecialTokenHandling.Ignore)
    {
        ArgumentNullException.ThrowIfNull(ids);
        BpeEncoder encoder = _encoders.Rent();
        try
        {
            Encode(encoder, utf8Text, ids, specialTokens);
        }
        finally
        {
            _encoders.Return(encoder);
        }
    }

    /// <inheritdoc/>
    public int FindSafeCut(ReadOnlySpan<byte> utf8Text, SpecialTokenHandling specialTokens) =>
        specialTokens == SpecialTokenHandling.Ignore
            ? Model.PreTokenizer.FindSafeCut(utf8Text)
            : _specialTokens.FindSafeCut(utf8Text, Model.PreTokenizer);

    private void Encode(BpeEncoder encoder, ReadOnlySpan<byte> utf8Text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens)
    {
        if (specialTokens == SpecialTokenHandling.Ignore)
        {
            encoder.Encode(utf8Text, ids);
            return;
        }
        ReadOnlySpan<byte> rest = utf8Text;
        while (!rest.IsEmpty)
        {
            bool found = _specialTokens.TryFind(rest, out int start, out int length, out int id);
            if (found && specialTokens == SpecialTokenHandling.Forbid)
                throw new ForbiddenSpecialTokenException(Encoding.UTF8.GetString(GetTokenBytes(id)), utf8Text.Length - rest.Length + start);
            encoder.Encode(rest[..start], ids);
            if (found) ids.Write([id]);
            rest = rest[(start + length)..];
        }
    }
}
