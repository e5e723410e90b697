using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>
/// Finds the pre-tokens of the patterns of <see cref="IWordRules"/> 64 bytes at a time, as <see cref="Gpt2Scanner"/> does: the starts of
/// pre-tokens follow from bit masks, shifted by one and combined.
/// </summary>
/// <remarks>
/// A block ends before a run of space, and within a number only where a pre-token does, so that what decides about these lies in one block.
/// What the masks cannot tell is left to <see cref="WordMatcher"/>, from the last start before it on. Any start will do to go on from:
/// nothing that comes before it matters to what comes after.
/// </remarks>
internal static class WordScanner
{
    private const int BlockSize = 64;

    /// <summary>As <see cref="IPreTokenizer.Split"/>.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="ends">Receives the ends.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Split<TClassifier, TRules>(ReadOnlySpan<byte> text, Span<int> ends)
        where TClassifier : struct, IByteClassifier
        where TRules : struct, IWordRules
    {
        // Bit 0 of each says what the byte before the block was. Blocks end such that it is no space, and a number there needs no care.
        ulong wordBefore = 0, symbolBefore = 0, prefixBefore = 0, eatenBefore = 0, lowerBefore = 0, undecidedBefore = 0;
        // Starts are written as the ends of the pre-tokens before them. The start of the text ends none, and where the matcher stopped
        // the end is written already: there a start is barred.
        ulong barredStarts = 1;
        int count = 0;
        Span<byte> lastBlock = stackalloc byte[BlockSize];
        for (int position = 0, width; position < text.Length; position += width)
        {
            width = Math.Min(BlockSize, text.Length - position);
            scoped ReadOnlySpan<byte> block;
            if (width == BlockSize)
            {
                block = text.Slice(position, BlockSize);
            }
            else
            {
                lastBlock.Clear();
                text[position..].CopyTo(lastBlock);
                block = lastBlock;
            }
            ByteClasses classes = TClassifier.Classify(block);
            ulong tails = 0;
            bool isHard = false;
            CaseMasks cases = default;
            if (classes.NonAscii != 0)
            {
                // Copies, so that the masks themselves need not live in memory.
                ByteClasses withNonAscii = classes;
                ulong allTails;
                if (TRules.TellCase)
                {
                    width = CasedClassifier.Classify<TClassifier>(
                        block, text[position..], width, ref withNonAscii, out CaseMasks allCases, out allTails);
                    cases = allCases;
                }
                else
                {
                    width = NonAsciiClassifier.Classify<TClassifier>(block, text[position..], width, ref withNonAscii, out allTails);
                }
                classes = withNonAscii;
                tails = allTails;
            }
            bool isLast = position + width == text.Length;
            if (!isLast)
            {
                int whole = WholeWidth<TRules>(classes.Spaces, classes.Numbers, classes.Apostrophes, tails, width);
                isHard = whole == 0;
                if (whole > 0) width = whole;
            }
            int top = width - 1;
            ulong inBlock = ulong.MaxValue >> (BlockSize - width);
            ulong letters = classes.Letters & inBlock;
            ulong numbers = classes.Numbers & inBlock;
            ulong spaces = classes.Spaces & inBlock;
            ulong newlines = (TClassifier.InRange(block, (byte)'\n', 1) | TClassifier.InRange(block, (byte)'\r', 1)) & inBlock;
            ulong symbols = inBlock & ~(letters | numbers | spaces);
            ulong words = letters;
            if (TRules.TellCase)
            {
                ulong upper = TClassifier.InRange(block, (byte)'A', 26) & inBlock;
                cases.Lower = (cases.Lower & inBlock) | (letters & ~classes.NonAscii & ~upper);
                cases.Upper = (cases.Upper & inBlock) | upper;
                cases.Marks &= inBlock;
                words |= cases.Marks;
                symbols &= ~cases.Marks;
            }

            // Newlines right after symbols belong to the same pre-token (they are eaten), and with some rules slashes after these do too.
            ulong followers = newlines;
            if (TRules.SlashesFollow) followers |= TClassifier.InRange(block, (byte)'/', 1) & inBlock;
            ulong eaten, symbolStarts, prefixes;
            while (true)
            {
                eaten = WordMasks.RunsFrom((newlines & ((symbols << 1) | symbolBefore)) | (followers & eatenBefore), followers);
                ulong others = symbols & ~eaten;
                symbolStarts = others & ~((others << 1) | symbolBefore) & ~(classes.Blanks << 1);
                // A code point before a word is a part of it where a pre-token starts with it.
                prefixes = symbolStarts;
                if (tails != 0)
                {
                    for (int i = 0; i < 3; i++) prefixes |= (prefixes << 1) & tails;
                }
                if (!TRules.TellCase) break;
                // A mark after other symbols is one of them, and decides about what comes after it: so the first one goes first.
                ulong swallowed = cases.Marks & (((others & ~prefixes) << 1) | (symbolBefore & ~prefixBefore));
                if (swallowed == 0) break;
                swallowed = WordMasks.RunsFrom(swallowed & (0 - swallowed), cases.Marks);
                cases.Marks &= ~swallowed;
                words &= ~swallowed;
                symbols |= swallowed;
            }
            symbols &= ~eaten;
            ulong wordStarts = words
                & ~((words << 1) | wordBefore | ((spaces & ~newlines) << 1) | (prefixes << 1) | prefixBefore);
            ulong starts = symbolStarts | wordStarts | WordMasks.SpaceStarts(spaces, newlines, eaten, tails, inBlock)
                | WordMasks.NumberStarts<TRules>(numbers, tails);
            if (TRules.TellCase)
            {
                ulong both = words & ~(cases.Upper | cases.Lower);
                ulong lower = cases.Lower | WordMasks.RunsFrom(both & ((cases.Lower << 1) | lowerBefore), both);
                ulong undecided = both & ~lower;
                starts |= cases.Upper & ((lower << 1) | lowerBefore);
                ulong uppersAfterBoth = cases.Upper & ((undecided << 1) | undecidedBefore);
                if (uppersAfterBoth != 0)
                    starts |= WordMasks.LastUppers(text[position..], uppersAfterBoth, cases.Upper, words, width, ref isHard);
                lowerBefore = lower >> top;
                undecidedBefore = undecided >> top;
            }
            starts &= ~tails;
            if (TRules.Contractions == ContractionPlace.Alone)
            {
                for (ulong rest = classes.Apostrophes & symbolStarts & (letters >> 1); rest != 0; rest &= rest - 1)
                {
                    int apostrophe = BitOperations.TrailingZeroCount(rest);
                    int end = apostrophe + Contraction.LengthAt(text[(position + apostrophe)..]);
                    if (end > apostrophe && end < width) starts |= 1UL << end;
                }
            }
            if (TRules.Contractions == ContractionPlace.AfterWord)
            {
                for (ulong rest = classes.Apostrophes & inBlock & ((words << 1) | wordBefore); rest != 0; rest &= rest - 1)
                {
                    int apostrophe = BitOperations.TrailingZeroCount(rest);
                    int length = Contraction.LengthAt(text[(position + apostrophe)..]);
                    int end = apostrophe + length;
                    starts &= ~(((1UL << length) - 1) << apostrophe);
                    if (length == 0 || position + end == text.Length) continue;
                    // The next word, or another apostrophe, does not belong to the word before.
                    isHard |= text[position + end] == '\'' || (end < width && (words >> end & 1) != 0);
                }
            }

            if (isHard)
            {
                count += SplitOneByOne<TRules>(text, position + width, ends, count);
                position = ends[count - 1];
                if (count == ends.Length || position == text.Length) return count;
                width = 0;
                wordBefore = symbolBefore = prefixBefore = eatenBefore = lowerBefore = undecidedBefore = 0;
                barredStarts = 1;
                continue;
            }
            starts &= ~barredStarts;
            barredStarts = 0;
            if (BitOperations.PopCount(starts) + SetBits.Slack <= ends.Length - count)
            {
                count += SetBits.Write(starts, position, ends[count..]);
            }
            else
            {
                count += SetBits.WriteOneByOne(starts, position, ends[count..]);
                if (count == ends.Length) return count;
            }
            wordBefore = words >> top;
            symbolBefore = symbols >> top;
            prefixBefore = prefixes >> top;
            eatenBefore = eaten >> top;
        }
        if (text.Length > 0) ends[count++] = text.Length;
        return count;
    }

    /// <summary>
    /// The width of a block that is not the last one without the white space that it ends with, the digits that go on beyond it, and a
    /// contraction that may; 0 where nothing is left.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WholeWidth<TRules>(ulong spaces, ulong numbers, ulong apostrophes, ulong tails, int width)
        where TRules : struct, IWordRules
    {
        if (TRules.Contractions != ContractionPlace.None)
        {
            ulong near = (apostrophes << (BlockSize - width)) >> (BlockSize - Contraction.MaxLength);
            if (near != 0) width += BitOperations.TrailingZeroCount(near) - Contraction.MaxLength;
        }
        if (TRules.MaxNumberLength > 1)
        {
            int digits = LastRun(numbers, width);
            bool areCounted = TRules.MaxNumberLength < int.MaxValue && (numbers & tails) == 0;
            width -= areCounted ? digits % TRules.MaxNumberLength : digits;
        }
        // Where digits were all, nothing is left to look at: a shift by 64 would be none.
        return width == 0 ? 0 : width - LastRun(spaces, width);
    }

    /// <summary>How many bits are set from the last one of a width on downwards.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int LastRun(ulong bits, int width) => BitOperations.LeadingZeroCount(~(bits << (BlockSize - width)));

    /// <summary>Writes the ends from the last one on up to a place or beyond it, as far as there is room, and returns how many.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int SplitOneByOne<TRules>(ReadOnlySpan<byte> text, int end, Span<int> ends, int count)
        where TRules : struct, IWordRules
    {
        int start = count > 0 ? ends[count - 1] : 0;
        int next = count;
        for (; start < end && next < ends.Length; next++) ends[next] = start = WordMatcher.FindEnd<TRules>(text, start);
        return next - count;
    }
}
