using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Microsoft.ML.Tokenizers;

namespace Cs336.Tokenizers.MicrosoftML;

/// <summary>An <see cref="ITokenizer"/> over a tokenizer of <c>Microsoft.ML.Tokenizers</c>, whose ids it gives.</summary>
/// <remarks>
/// Bytes that are not valid UTF-8, which Microsoft's tokenizers cannot take, become the ids of single bytes. Special tokens
/// are found here: the leftmost first, and of those the longest. A tokenizer that puts tokens of its own around what it
/// encodes does so around every stretch between special tokens: switch that off in it.
/// </remarks>
public sealed class TokenizerFromMicrosoftML : ITokenizer
{
    private readonly Tokenizer _tokenizer;
    private readonly IReadOnlyDictionary<int, byte[]> _tokens;
    private readonly IPreTokenizer? _preTokenizer;
    private readonly SpecialTokens _special;
    private readonly int[] _byteIds = new int[256];

    /// <summary>Wraps a tokenizer.</summary>
    /// <param name="tokenizer">
    /// The tokenizer. One with a normalizer changes text before it encodes it, so its ids decode to the changed text.
    /// </param>
    /// <param name="tokens">The bytes of each id.</param>
    /// <param name="specialTokens">The text of each special token and its id.</param>
    /// <param name="preTokenizer">
    /// What cuts text in the way that <paramref name="tokenizer"/> does. Where it is null, text that holds a special token cannot be
    /// encoded with <see cref="SpecialTokenHandling.Ignore"/>, and streams are read whole.
    /// </param>
    /// <exception cref="ArgumentException">There are no tokens.</exception>
    public TokenizerFromMicrosoftML(
        Tokenizer tokenizer, IReadOnlyDictionary<int, byte[]> tokens, IReadOnlyDictionary<string, int> specialTokens,
        IPreTokenizer? preTokenizer = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(specialTokens);
        if (tokens.Count == 0) throw new ArgumentException("tokens is empty: give the bytes of each id.", nameof(tokens));
        Dictionary<int, byte[]> all = new(tokens);
        foreach ((string text, int id) in specialTokens) all[id] = Encoding.UTF8.GetBytes(text);
        _tokenizer = tokenizer;
        _tokens = all;
        _preTokenizer = preTokenizer;
        _special = new SpecialTokens(specialTokens);
        SpecialTokens = specialTokens;
        VocabSize = all.Keys.Max() + 1;
        Array.Fill(_byteIds, -1);
        foreach ((int id, byte[] bytes) in tokens)
        {
            if (bytes is [byte value]) _byteIds[value] = id;
        }
    }

    /// <inheritdoc/>
    public int VocabSize { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, int> SpecialTokens { get; }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">
    /// The text holds a special token, <paramref name="specialTokens"/> is <see cref="SpecialTokenHandling.Ignore"/>, and no
    /// pre-tokenizer was named.
    /// </exception>
    public void Encode(
        ReadOnlySpan<byte> utf8Text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens = SpecialTokenHandling.Ignore)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ReadOnlySpan<byte> rest = utf8Text;
        while (_special.TryFind(rest, out int start, out int length, out int id))
        {
            if (specialTokens == SpecialTokenHandling.Ignore)
            {
                EncodeByPreTokens(rest, ids, start);
                return;
            }
            if (specialTokens == SpecialTokenHandling.Forbid)
                throw new ForbiddenSpecialTokenException(Encoding.UTF8.GetString(_tokens[id]), utf8Text.Length - rest.Length + start);
            EncodePlain(rest[..start], ids, considerPreTokenization: true);
            ids.Write([id]);
            rest = rest[(start + length)..];
        }
        EncodePlain(rest, ids, considerPreTokenization: true);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> GetTokenBytes(int id) => _tokens.TryGetValue(id, out byte[]? bytes)
        ? bytes
        : throw new ArgumentOutOfRangeException(nameof(id),
            $"The id is {id}, which this vocabulary of ids up to {VocabSize - 1} does not have.");

    /// <inheritdoc/>
    public int FindSafeCut(ReadOnlySpan<byte> utf8Text, SpecialTokenHandling specialTokens)
    {
        if (_preTokenizer is null) return 0;
        int cut = _preTokenizer.FindSafeCut(utf8Text);
        // Microsoft's patterns go by UTF-16 units and classify astral characters otherwise, so only ASCII is trusted.
        while (cut > 0 && (utf8Text[cut - 1] >= 0x80 || utf8Text[cut] >= 0x80 || _special.MayContain(utf8Text, cut)))
            cut = _preTokenizer.FindSafeCut(utf8Text[..cut]);
        return cut;
    }

    private void EncodeByPreTokens(ReadOnlySpan<byte> text, IBufferWriter<int> ids, int specialStart)
    {
        if (_preTokenizer is null)
            throw new NotSupportedException(
                $"The text holds a special token at byte {specialStart}, which {_tokenizer.GetType().Name} cannot encode as plain text: " +
                "pass SpecialTokenHandling.Allow, or name a pre-tokenizer when the tokenizer is converted.");
        Span<int> ends = stackalloc int[256];
        while (!text.IsEmpty)
        {
            int start = 0;
            foreach (int end in ends[.._preTokenizer.Split(text, ends)])
            {
                EncodePlain(text[start..end], ids, considerPreTokenization: false);
                start = end;
            }
            text = text[start..];
        }
    }

    private void EncodePlain(ReadOnlySpan<byte> text, IBufferWriter<int> ids, bool considerPreTokenization)
    {
        while (!text.IsEmpty)
        {
            int valid = ValidLength(text);
            if (valid > 0) Write(_tokenizer.EncodeToIds(Encoding.UTF8.GetString(text[..valid]), considerPreTokenization), ids);
            if (valid < text.Length) ids.Write([ByteId(text[valid])]);
            text = text[Math.Min(text.Length, valid + 1)..];
        }
    }

    private int ByteId(byte value) => _byteIds[value] >= 0
        ? _byteIds[value]
        : throw new NotSupportedException(
            $"The text has the byte 0x{value:x2}, which is not valid UTF-8 there, and the vocabulary has no token for it.");

    private static int ValidLength(ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text)) return text.Length;
        int position = 0;
        while (Rune.DecodeFromUtf8(text[position..], out _, out int length) == OperationStatus.Done) position += length;
        return position;
    }

    private static void Write(IReadOnlyList<int> encoded, IBufferWriter<int> ids)
    {
        if (encoded is List<int> list)
        {
            ids.Write(CollectionsMarshal.AsSpan(list));
            return;
        }
        Span<int> destination = ids.GetSpan(Math.Max(1, encoded.Count));
        for (int i = 0; i < encoded.Count; i++) destination[i] = encoded[i];
        ids.Advance(encoded.Count);
    }
}
