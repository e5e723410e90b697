using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>The starts of pre-tokens of one kind in a block of <see cref="WordScanner"/>, by masks of what its bytes are.</summary>
internal static class WordMasks
{
    private const int BlockSize = 64;

    /// <summary>
    /// Of a run of space these start a pre-token: the first, unless it belongs to the symbols before it (<paramref name="eaten"/>); the
    /// last where text follows, by itself or as the prefix of a word; and the one after the last newline.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong SpaceStarts(ulong spaces, ulong newlines, ulong eaten, ulong tails, ulong inBlock)
    {
        ulong others = spaces & ~newlines;
        ulong beforeText = others & ((inBlock & ~spaces) >> 1);
        if ((others & tails) != 0)
        {
            beforeText |= (beforeText & tails) >> 1;
            beforeText |= (beforeText & tails) >> 1;
        }
        ulong afterNewline = others & (newlines << 1);
        ulong unsure = afterNewline & ~(eaten << 1);
        if (unsure != 0 && (others & (newlines >> 1)) != 0)
        {
            for (; unsure != 0; unsure &= unsure - 1)
            {
                int offset = BitOperations.TrailingZeroCount(unsure);
                int end = offset + BitOperations.TrailingZeroCount(~(others >> offset));
                if (end < BlockSize && (newlines >> end & 1) != 0) afterNewline &= ~(1UL << offset);
            }
        }
        return (spaces & ~(spaces << 1) & ~eaten) | beforeText | afterNewline;
    }

    /// <summary>
    /// The first of a run of numbers starts a pre-token, and so does the next one whenever a pre-token is as long as it may be.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong NumberStarts<TRules>(ulong numbers, ulong tails)
        where TRules : struct, IWordRules
    {
        if (TRules.MaxNumberLength == 1) return numbers;
        ulong starts = numbers & ~(numbers << 1);
        ulong pairs = numbers & (numbers << 1);
        ulong afterThree = pairs & (pairs << 2);
        if (TRules.MaxNumberLength == int.MaxValue || afterThree == 0) return starts;
        if ((numbers & tails) == 0)
        {
            // In all runs at once.
            for (ulong next = starts; next != 0; starts |= next) next = (next << TRules.MaxNumberLength) & afterThree;
            return starts;
        }
        int length = 0;
        for (ulong rest = numbers & ~tails; rest != 0; rest &= rest - 1)
        {
            ulong first = rest & (0 - rest);
            length = (starts & first) != 0 || length == TRules.MaxNumberLength ? 1 : length + 1;
            if (length == 1) starts |= first;
        }
        return starts;
    }

    /// <summary>
    /// Where letters that count as upper and as lower are followed by upper ones up to the end of the word, the pattern matches the former
    /// alone: the first of the upper ones starts a pre-token.
    /// </summary>
    /// <param name="text">The text from the block's start on.</param>
    /// <param name="candidates">
    /// The upper letters right after letters that count as both, where no letter that is only lower comes before these.
    /// </param>
    /// <param name="upper">The upper letters.</param>
    /// <param name="words">All letters and marks.</param>
    /// <param name="width">Of the block.</param>
    /// <param name="isHard">Set where that is decided beyond the block.</param>
    /// <returns>Those of the candidates that start a pre-token.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong LastUppers(ReadOnlySpan<byte> text, ulong candidates, ulong upper, ulong words, int width, ref bool isHard)
    {
        ulong starts = 0;
        for (; candidates != 0; candidates &= candidates - 1)
        {
            int offset = BitOperations.TrailingZeroCount(candidates);
            int end = offset + BitOperations.TrailingZeroCount(~(upper >> offset));
            if (end < width ? (words >> end & 1) == 0 : end == text.Length || IsAsciiOutsideWords(text[end])) starts |= 1UL << offset;
            else if (end >= width) isHard = true;
        }
        return starts;
    }

    private static bool IsAsciiOutsideWords(byte value) => value < 128 && CharClasses.OfAscii(value) != CharClass.Letter;

    /// <summary>The bits of each run of set bits from a certain one on to the run's end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong RunsFrom(ulong firsts, ulong runs) => (runs & ~(runs + firsts)) | firsts;
}
