using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>
/// Finds the pre-tokens of GPT-2's pattern 64 bytes at a time: a classifier turns the bytes into bit masks, and the starts
/// of pre-tokens follow from the masks, shifted by one and combined.
/// </summary>
/// <remarks>
/// All bytes of a code point are in the mask of its class, so a shift by one byte compares neighbouring code points. The
/// scan of a block needs to know of the block before only which class its last byte had, and which of its own first bytes
/// a contraction reaches into.
/// </remarks>
internal static class Gpt2Scanner
{
    private const int BlockSize = 64;

    /// <summary>As <see cref="IPreTokenizer.Split"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Split<TClassifier>(ReadOnlySpan<byte> text, Span<int> ends)
        where TClassifier : struct, IByteClassifier
    {
        // Bit 0 of each says what the byte before the block was; before the text there is nothing.
        ulong letterBefore = 0, numberBefore = 0, symbolBefore = 0, spaceBefore = 0, blankBefore = 0;
        // Where a contraction of the block before ends in this one, which starts a pre-token, and where it goes on, which starts none.
        ulong forcedStarts = 0, barredStarts = 1;
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
            ulong spaceTails = 0;
            if (classes.NonAscii != 0)
            {
                // A copy, so that the masks themselves need not live in memory.
                ByteClasses withNonAscii = classes;
                width = NonAsciiClassifier.Classify<TClassifier>(block, text[position..], width, ref withNonAscii, out ulong tails);
                classes = withNonAscii;
                spaceTails = classes.Spaces & tails;
            }
            int top = width - 1;
            ulong inBlock = ulong.MaxValue >> (BlockSize - width);
            ulong letters = classes.Letters & inBlock;
            ulong numbers = classes.Numbers & inBlock;
            ulong spaces = classes.Spaces & inBlock;
            ulong blanks = classes.Blanks & inBlock;
            ulong symbols = inBlock & ~(letters | numbers | spaces);

            ulong inRun = (letters & ((letters << 1) | letterBefore)) | (numbers & ((numbers << 1) | numberBefore))
                | (symbols & ((symbols << 1) | symbolBefore));
            ulong beforeText = (inBlock & ~spaces) >> 1;
            if ((spaces >> top) != 0 && IsText(text, position + width)) beforeText |= 1UL << top;
            // Whether text follows a white space of several bytes is known at its last byte, but needed at its first.
            if (spaceTails != 0)
            {
                beforeText |= (beforeText & spaceTails) >> 1;
                beforeText |= (beforeText & spaceTails) >> 1;
            }
            // Of a run of spaces the first starts a pre-token, and so does the last where text follows: by itself, or as
            // the blank before that text.
            ulong starts = (~spaces & inBlock & ~inRun & ~((blanks << 1) | blankBefore))
                | (spaces & ~spaceTails & (~((spaces << 1) | spaceBefore) | beforeText));
            starts = ((starts & ~barredStarts) | forcedStarts) & inBlock;
            forcedStarts = 0;
            barredStarts = 0;
            // Starts are written as the ends of the pre-tokens before them. None ends at the start of the text, so that start is
            // barred; but a contraction may begin there.
            ulong apostrophes = (position == 0 ? starts | 1 : starts) & classes.Apostrophes;
            for (; apostrophes != 0; apostrophes &= apostrophes - 1)
            {
                int apostrophe = BitOperations.TrailingZeroCount(apostrophes);
                int length = ContractionLength(text[(position + apostrophe)..]);
                if (length == 0) continue;
                // The letter after the apostrophe starts nothing, the one after the contraction does.
                if (apostrophe + 1 < width) starts &= ~(1UL << (apostrophe + 1));
                else barredStarts = 1;
                int end = apostrophe + length;
                if (end < width) starts |= 1UL << end;
                else forcedStarts |= 1UL << (end - width);
            }

            if (BitOperations.PopCount(starts) + SetBits.Slack <= ends.Length - count)
            {
                count += SetBits.Write(starts, position, ends[count..]);
            }
            else
            {
                count += SetBits.WriteOneByOne(starts, position, ends[count..]);
                if (count == ends.Length) return count;
            }

            letterBefore = letters >> top;
            numberBefore = numbers >> top;
            symbolBefore = symbols >> top;
            spaceBefore = spaces >> top;
            blankBefore = blanks >> top;
        }
        if (text.Length > 0) ends[count++] = text.Length;
        return count;
    }

    private static bool IsText(ReadOnlySpan<byte> text, int position) =>
        position < text.Length && CodePointClasses.Read(text, position, out _) != CharClass.Space;

    /// <summary>The bytes of <c>'(?:[sdmt]|ll|ve|re)</c> at the start of a text that starts with an apostrophe, or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int ContractionLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2) return 0;
        if (text[1] is (byte)'s' or (byte)'d' or (byte)'m' or (byte)'t') return 2;
        if (text.Length < 3) return 0;
        return (text[1], text[2]) is ((byte)'l', (byte)'l') or ((byte)'v', (byte)'e') or ((byte)'r', (byte)'e') ? 3 : 0;
    }
}
