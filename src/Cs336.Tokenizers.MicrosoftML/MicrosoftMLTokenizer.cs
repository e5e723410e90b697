using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Microsoft.ML.Tokenizers;

namespace Cs336.Tokenizers.MicrosoftML;

/// <summary>A tokenizer of <c>Microsoft.ML.Tokenizers</c> over an <see cref="ITokenizer"/>, whose ids it gives.</summary>
/// <remarks>
/// As in Microsoft's own byte-level tokenizers, a token that holds part of a character has the whole character as its text
/// and offset, and text is only ever cut at a token that ends a character. It does not normalize, and always pre-tokenizes:
/// asking it not to is an error. A lone surrogate is encoded as U+FFFD.
/// </remarks>
public sealed class MicrosoftMLTokenizer : Tokenizer
{
    private readonly SpecialTokenHandling _handling;

    internal MicrosoftMLTokenizer(ITokenizer tokenizer, SpecialTokenHandling specialTokens)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        Inner = tokenizer;
        _handling = specialTokens;
    }

    /// <summary>The tokenizer that does the work.</summary>
    public ITokenizer Inner { get; }

    /// <summary>The text of each special token and its id.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens => Inner.SpecialTokens;

    /// <inheritdoc/>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        try
        {
            return Inner.Decode([.. ids]);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new InvalidOperationException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Ids are consumed up to the last that fits and ends a character.</remarks>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        (idsConsumed, charsWritten) = (0, 0);
        List<byte> pending = [];
        int seen = 0;
        int converted = 0; // characters in the destination, of which those of an unfinished id do not count yet
        bool isAtStart = true;
        foreach (int id in ids)
        {
            ReadOnlySpan<byte> bytes = GetTokenBytes(id);
            if (isAtStart && bytes.StartsWith(Inner.DecodedStart)) bytes = bytes[Inner.DecodedStart.Length..];
            isAtStart = isAtStart && GetTokenBytes(id).IsEmpty;
            pending.AddRange(bytes);
            seen++;
            if (!TryConvert(pending, destination, ref converted, isEnd: false)) return OperationStatus.DestinationTooSmall;
            if (pending.Count == 0) (idsConsumed, charsWritten) = (seen, converted);
        }
        if (!TryConvert(pending, destination, ref converted, isEnd: true)) return OperationStatus.DestinationTooSmall;
        (idsConsumed, charsWritten) = (seen, converted);
        return OperationStatus.Done;
    }

    /// <inheritdoc/>
    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        OffsetTokens tokens = Encode(text, ref textSpan, settings, out string? normalized);
        int count = tokens.CountWholePrefix(settings.MaxTokenCount);
        EncodedToken[] result = new EncodedToken[count];
        for (int i = 0; i < count; i++)
        {
            Range range = tokens.Starts[i]..tokens.Ends[i];
            result[i] = new EncodedToken(tokens.Ids[i], textSpan[range].ToString(), range);
        }
        return new EncodeResults<EncodedToken> { NormalizedText = normalized, Tokens = result, CharsConsumed = tokens.EndOfPrefix(count) };
    }

    /// <inheritdoc/>
    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        OffsetTokens tokens = Encode(text, ref textSpan, settings, out string? normalized);
        int count = tokens.CountWholePrefix(settings.MaxTokenCount);
        int end = tokens.EndOfPrefix(count);
        return new EncodeResults<int> { NormalizedText = normalized, Tokens = tokens.Ids[..count], CharsConsumed = end };
    }

    /// <inheritdoc/>
    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        Encode(text, ref textSpan, settings, out _).CountWholePrefix(settings.MaxTokenCount);

    /// <inheritdoc/>
    protected override int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText, out int tokenCount)
    {
        OffsetTokens tokens = Encode(text, ref textSpan, settings, out normalizedText);
        if (fromEnd)
        {
            tokenCount = tokens.CountWholeSuffix(settings.MaxTokenCount);
            return tokenCount == 0 ? textSpan.Length : tokens.Starts[tokens.Ids.Length - tokenCount];
        }
        tokenCount = tokens.CountWholePrefix(settings.MaxTokenCount);
        return tokens.EndOfPrefix(tokenCount);
    }

    /// <summary>Encodes a text. Where the tokenizer normalizes it, <paramref name="textSpan"/> becomes the normalized text.</summary>
    private OffsetTokens Encode(string? text, ref ReadOnlySpan<char> textSpan, EncodeSettings settings, out string? normalized)
    {
        if (!settings.ConsiderPreTokenization)
            throw new NotSupportedException(
                "considerPreTokenization is false, but this tokenizer always cuts text into pre-tokens: pass true.");
        if (text is not null) textSpan = text;
        byte[] utf8 = new byte[Encoding.UTF8.GetByteCount(textSpan)];
        Encoding.UTF8.GetBytes(textSpan, utf8);
        int[] ids = Inner.Encode(utf8, _handling);
        normalized = FindNormalized(utf8, ids);
        if (normalized is not null)
        {
            if (!settings.ConsiderNormalization)
                throw new NotSupportedException("considerNormalization is false, but this tokenizer always normalizes text: pass true.");
            textSpan = normalized;
        }
        return OffsetTokens.Make(textSpan, ids, Inner);
    }

    /// <summary>The text that the ids of a text spell; null where it is the text itself.</summary>
    private string? FindNormalized(ReadOnlySpan<byte> utf8, int[] ids)
    {
        if (AreSpelled(utf8, ids)) return null;
        List<byte> bytes = [];
        foreach (int id in ids) bytes.AddRange(Inner.GetTokenBytes(id));
        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes));
    }

    /// <summary>Whether the tokens of ids, one after the other, are a text.</summary>
    private bool AreSpelled(ReadOnlySpan<byte> utf8, int[] ids)
    {
        foreach (int id in ids)
        {
            ReadOnlySpan<byte> token = Inner.GetTokenBytes(id);
            if (!utf8.StartsWith(token)) return false;
            utf8 = utf8[token.Length..];
        }
        return utf8.IsEmpty;
    }

    private ReadOnlySpan<byte> GetTokenBytes(int id)
    {
        try
        {
            return Inner.GetTokenBytes(id);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new InvalidOperationException(e.Message, e);
        }
    }

    /// <summary>Moves whole characters from bytes to the destination; half of one stays until the end.</summary>
    private static bool TryConvert(List<byte> pending, Span<char> destination, ref int written, bool isEnd)
    {
        OperationStatus status = Utf8.ToUtf16(
            CollectionsMarshal.AsSpan(pending), destination[written..], out int bytesRead, out int charsWritten,
            replaceInvalidSequences: true, isFinalBlock: isEnd);
        written += charsWritten;
        pending.RemoveRange(0, bytesRead);
        return status != OperationStatus.DestinationTooSmall;
    }
}
