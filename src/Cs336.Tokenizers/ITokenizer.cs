using System.Buffers;

namespace Cs336.Tokenizers;

/// <summary>Turns UTF-8 text into token ids and ids back into bytes.</summary>
/// <remarks>
/// Implementations may be used from many threads at once: <see cref="TokenizerExtensions.EncodeFile"/> relies on it.
/// <see cref="TokenizerExtensions"/> adds strings, streams and files on top of these members.
/// </remarks>
public interface ITokenizer
{
    /// <summary>The number of ids: they are 0 to <c>VocabSize - 1</c>.</summary>
    int VocabSize { get; }

    /// <summary>The text of each special token and its id.</summary>
    IReadOnlyDictionary<string, int> SpecialTokens { get; }

    /// <summary>Appends the ids of a text.</summary>
    /// <param name="utf8Text">UTF-8; bytes that are not valid UTF-8 are encoded byte by byte, so decoding gives them back.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <param name="specialTokens">What to do with special tokens in the text; of overlapping ones the longest counts.</param>
    /// <exception cref="ForbiddenSpecialTokenException">
    /// The text holds a special token and <paramref name="specialTokens"/> forbids them.
    /// </exception>
    void Encode(
        ReadOnlySpan<byte> utf8Text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens = SpecialTokenHandling.Ignore);

    /// <summary>
    /// Appends the ids of a text that goes on from another one after a safe cut: what a tokenizer puts before a text is left out.
    /// </summary>
    /// <inheritdoc cref="Encode"/>
    void EncodeContinuation(ReadOnlySpan<byte> utf8Text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens) =>
        Encode(utf8Text, ids, specialTokens);

    /// <summary>
    /// What decoding takes away from the start of a whole text, where it stands there, since encoding put it there: SentencePiece's
    /// tokenizers put a space before a text.
    /// </summary>
    ReadOnlySpan<byte> DecodedStart => [];

    /// <summary>The bytes that an id stands for; a special token gives its text in UTF-8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in 0 to <c>VocabSize - 1</c>.</exception>
    ReadOnlySpan<byte> GetTokenBytes(int id);

    /// <summary>
    /// The length in bytes of a prefix after which the text may be cut in two without changing its ids, whatever follows the text:
    /// of the longest such prefix that the tokenizer finds, or 0 where it finds none (a streaming caller then reads on).
    /// </summary>
    /// <param name="utf8Text">The text so far.</param>
    /// <param name="specialTokens">The handling with which the text will be encoded.</param>
    int FindSafeCut(ReadOnlySpan<byte> utf8Text, SpecialTokenHandling specialTokens) => 0;
}
