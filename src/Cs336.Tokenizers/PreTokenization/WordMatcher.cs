using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// The patterns of <see cref="IWordRules"/> matched one code point after the other, alternative by alternative as they stand in the
/// pattern: contractions, words, numbers, symbols, space. <see cref="WordScanner"/>, which scans 64 bytes at a time, gives the same
/// pre-tokens, and asks here where the 64 bytes alone do not tell.
/// </summary>
internal static class WordMatcher
{
    /// <summary>Where the pre-token ends that begins at a place of a text.</summary>
    public static int FindEnd<TRules>(ReadOnlySpan<byte> text, int start)
        where TRules : struct, IWordRules
    {
        int end = start;
        if (TRules.Contractions == ContractionPlace.Alone) end = SkipContraction(text, start);
        if (end == start) end = TRules.TellCase ? FindCasedWordEnd<TRules>(text, start) : FindWordEnd(text, start);
        if (end == start) end = Skip(text, start, TRules.MaxNumberLength, CharClass.Number);
        if (end == start) end = FindSymbolsEnd<TRules>(text, start);
        return end > start ? end : FindSpacesEnd(text, start);
    }

    /// <summary><c>[^\r\n\p{L}\p{N}]?\p{L}+</c></summary>
    private static int FindWordEnd(ReadOnlySpan<byte> text, int start)
    {
        int first = start + PrefixLength(text, start);
        int end = Skip(text, first, int.MaxValue, CharClass.Letter);
        return end > first ? end : start;
    }

    /// <summary>
    /// <c>[^\r\n\p{L}\p{N}]?U*L+</c> or else <c>[^\r\n\p{L}\p{N}]?U+L*</c>, where U are upper letters and L lower ones, and letters without
    /// case and marks are both; then a contraction where the pattern has it there.
    /// </summary>
    /// <remarks>A mark is no letter: it is what stands before a word, or, where that leads nowhere, a part of the word itself.</remarks>
    private static int FindCasedWordEnd<TRules>(ReadOnlySpan<byte> text, int start)
        where TRules : struct, IWordRules
    {
        int afterPrefix = start + PrefixLength(text, start);
        if (!FindLowerWordEnd(text, afterPrefix, out int end) && !FindLowerWordEnd(text, start, out end))
        {
            // What is left of a word is upper letters alone: a lower one, or a mark, would have ended a word of lower ones.
            end = SkipCased(text, afterPrefix, isUpper: true, out _);
            if (end == afterPrefix) return start;
        }
        return TRules.Contractions == ContractionPlace.AfterWord ? SkipContraction(text, end) : end;
    }

    /// <summary><c>U*L+</c>; whether there is such a word.</summary>
    private static bool FindLowerWordEnd(ReadOnlySpan<byte> text, int start, out int end)
    {
        int upperEnd = SkipCased(text, start, isUpper: true, out int lastOfBoth);
        end = SkipCased(text, upperEnd, isUpper: false, out _);
        if (end > upperEnd) return true;
        // U* gives back what it took, one by one, until there is one that is lower, too.
        if (lastOfBoth >= 0) end = SkipCased(text, lastOfBoth, isUpper: false, out _);
        return lastOfBoth >= 0;
    }

    /// <summary><c> ?[^\s\p{L}\p{N}]+[\r\n]*</c>, the last part with slashes where the pattern has them there.</summary>
    private static int FindSymbolsEnd<TRules>(ReadOnlySpan<byte> text, int start)
        where TRules : struct, IWordRules
    {
        int first = text[start] == ' ' ? start + 1 : start;
        int end = Skip(text, first, int.MaxValue, CharClass.Symbol);
        if (end == first) return start;
        while (end < text.Length && (IsNewline(text[end]) || (TRules.SlashesFollow && text[end] == '/'))) end++;
        return end;
    }

    /// <summary><c>\s*[\r\n]+|\s+(?!\S)|\s+</c></summary>
    private static int FindSpacesEnd(ReadOnlySpan<byte> text, int start)
    {
        int end = start, last = start, lineEnd = start;
        while (end < text.Length && CharClasses.Read(text[end..], out int length) == CharClass.Space)
        {
            last = end;
            end += length;
            if (IsNewline(text[last])) lineEnd = end;
        }
        if (lineEnd > start) return lineEnd;
        return end == text.Length || last == start ? end : last;
    }

    /// <summary>The bytes of <c>[^\r\n\p{L}\p{N}]?</c></summary>
    private static int PrefixLength(ReadOnlySpan<byte> text, int start) =>
        CharClasses.Read(text[start..], out int length) is CharClass.Letter or CharClass.Number || IsNewline(text[start]) ? 0 : length;

    private static bool IsNewline(byte value) => value is (byte)'\r' or (byte)'\n';

    private static int SkipContraction(ReadOnlySpan<byte> text, int start) =>
        start < text.Length && text[start] == '\'' ? start + Contraction.LengthAt(text[start..]) : start;

    private static int Skip(ReadOnlySpan<byte> text, int start, int maxCount, CharClass charClass)
    {
        int end = start;
        for (int count = 0; count < maxCount && end < text.Length && CharClasses.Read(text[end..], out int length) == charClass; count++)
            end += length;
        return end;
    }

    /// <summary>Skips letters and marks that are upper, or those that are lower.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="isUpper">Whether upper ones are skipped.</param>
    /// <param name="lastOfBoth">Where the last one stands that counts as upper and as lower; -1 where there is none.</param>
    private static int SkipCased(ReadOnlySpan<byte> text, int start, bool isUpper, out int lastOfBoth)
    {
        lastOfBoth = -1;
        int end = start;
        while (end < text.Length)
        {
            // A malformed code point becomes U+FFFD, which is neither letter nor mark.
            Rune.DecodeFromUtf8(text[end..], out Rune rune, out int length);
            int bits = CodePointClasses.CaseOf(rune.Value);
            bool isBoth = (bits & 1 << CodePointClasses.IsMarkShift) != 0
                || (bits == 0 && CodePointClasses.Of(rune.Value) == CharClass.Letter);
            int ownShift = isUpper ? CodePointClasses.IsUpperShift : CodePointClasses.IsLowerShift;
            if (!isBoth && (bits & 1 << ownShift) == 0) break;
            if (isBoth) lastOfBoth = end;
            end += length;
        }
        return end;
    }
}
