using System.Buffers;
using System.Globalization;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Finds added tokens in text, with the white space that belongs to them.</summary>
internal sealed class AddedTokenFinder
{
    private readonly Dictionary<int, AddedToken> _tokens;
    private readonly SpecialTokenMatcher _matcher;
    private readonly bool _looksAround;

    public AddedTokenFinder(IEnumerable<KeyValuePair<string, AddedToken>> tokens)
    {
        KeyValuePair<string, AddedToken>[] all = [.. tokens];
        _tokens = all.ToDictionary(token => token.Value.Id, token => token.Value);
        _matcher = new SpecialTokenMatcher(all.Select(token => KeyValuePair.Create(token.Key, token.Value.Id)));
        _looksAround = all.Any(token => token.Value.TakesSpaceBefore || token.Value.TakesSpaceAfter || token.Value.IsSingleWord);
    }

    /// <summary>Finds the next token of a text that counts.</summary>
    /// <remarks>
    /// Tokens are looked for one after the other in the text as it is: also within white space that the one before took along, as Hugging
    /// Face's library does.
    /// </remarks>
    /// <param name="text">UTF-8.</param>
    /// <param name="before">The one before; the default value for the first.</param>
    /// <param name="specialTokens">Special tokens are passed over where they are to be ignored.</param>
    /// <param name="found">The token and where it stands.</param>
    public bool TryFind(ReadOnlySpan<byte> text, FoundToken before, SpecialTokenHandling specialTokens, out FoundToken found)
    {
        int from = before.End;
        for (int search = before.TextEnd; _matcher.TryFind(text[search..], out int start, out int length, out int id);)
        {
            AddedToken token = _tokens[id];
            start += search;
            search = start + length;
            if (token.IsSpecial && specialTokens == SpecialTokenHandling.Ignore) continue;
            (int textStart, int end) = (start, search);
            if (_looksAround)
            {
                if (token.IsSingleWord && (EndsWithWord(text[..start]) || BeginsWithWord(text[end..]))) continue;
                if (token.TakesSpaceBefore) start = Math.Max(from, SkipSpaceBack(text, start));
                if (token.TakesSpaceAfter) end = SkipSpace(text, end);
            }
            if (start >= end) continue; // all of it is white space, and the one before took that along
            found = new FoundToken(token, start, end, textStart, search);
            return true;
        }
        found = default;
        return false;
    }

    /// <summary>Whether what stands beside a token decides whether it counts, and what belongs to it.</summary>
    public bool LooksAround => _looksAround;

    /// <summary>Whether a cut at a place may change which tokens are found, or what belongs to them.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="cut">How many bytes come before the cut.</param>
    /// <param name="edgesMatter">Whether the text beside a token must not be cut off from it.</param>
    public bool IsTouchedBy(ReadOnlySpan<byte> text, int cut, bool edgesMatter)
    {
        if (_matcher.MayBeWithinToken(text, cut)) return true;
        if (_looksAround && IsSpaceBefore(text, cut)) return true;
        return (_looksAround || edgesMatter) && _matcher.IsAtEdgeOfToken(text, cut);
    }

    /// <summary>The end of the last token of a text that is certain and that nothing around it changes; 0 where there is none.</summary>
    public int FindEndOfLast(ReadOnlySpan<byte> text) => _looksAround ? 0 : _matcher.FindEndOfLastToken(text);

    private static bool IsSpaceBefore(ReadOnlySpan<byte> text, int place) => SkipSpaceBack(text, place) < place;

    private static int SkipSpaceBack(ReadOnlySpan<byte> text, int place)
    {
        while (Rune.DecodeLastFromUtf8(text[..place], out Rune rune, out int length) == OperationStatus.Done && Rune.IsWhiteSpace(rune))
            place -= length;
        return place;
    }

    private static int SkipSpace(ReadOnlySpan<byte> text, int place)
    {
        while (Rune.DecodeFromUtf8(text[place..], out Rune rune, out int length) == OperationStatus.Done && Rune.IsWhiteSpace(rune))
            place += length;
        return place;
    }

    private static bool EndsWithWord(ReadOnlySpan<byte> text) =>
        Rune.DecodeLastFromUtf8(text, out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool BeginsWithWord(ReadOnlySpan<byte> text) =>
        Rune.DecodeFromUtf8(text, out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    // \w as Unicode's Technical Standard #18 has it: letters, marks, decimal digits, letter numbers, what connects words, and circled
    // letters.
    private static bool IsWord(Rune rune) => Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation
        || rune.Value is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9)
            or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);

    /// <param name="Token">Which one of the vocabulary's it is.</param>
    /// <param name="Start">Where it begins, white space that belongs to it included.</param>
    /// <param name="End">Where it ends, white space that belongs to it included.</param>
    /// <param name="TextStart">Where its own text begins.</param>
    /// <param name="TextEnd">Where its own text ends.</param>
    public readonly record struct FoundToken(AddedToken Token, int Start, int End, int TextStart, int TextEnd);
}
