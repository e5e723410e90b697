using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cs336.Tokenizers;

/// <summary>Adds the code points of a block that are not ASCII to its masks.</summary>
internal static class NonAsciiClassifier
{
    private const int BlockSize = 64;

    /// <summary>Classifies the bytes of <see cref="ByteClasses.NonAscii"/>.</summary>
    /// <param name="block">The block, with zeros after the end of the text.</param>
    /// <param name="text">The text from the block's start on.</param>
    /// <param name="width">How much of the block is text.</param>
    /// <param name="classes">The masks, to which the code points are added.</param>
    /// <param name="tails">The bytes that do not start a code point.</param>
    /// <param name="isPlain">Whether all code points are of at most three bytes and rightly written.</param>
    /// <returns>The width without a code point that goes on beyond the block.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Classify<TClassifier>(
        ReadOnlySpan<byte> block, ReadOnlySpan<byte> text, int width, ref ByteClasses classes, out ulong tails, out bool isPlain)
        where TClassifier : struct, IByteClassifier
    {
        // The first byte of a code point begins with 110 where there are two of them and with 1110 where there are
        // three; the bytes after it begin with 10.
        ulong bit5 = TClassifier.GatherBit(block, 5);
        ulong bit4 = TClassifier.GatherBit(block, 4);
        ulong starts = classes.NonAscii & TClassifier.GatherBit(block, 6);
        ulong twos = starts & ~bit5;
        ulong threes = starts & bit5 & ~bit4;
        ulong cut = (twos & (1UL << (BlockSize - 1))) | (threes & (3UL << (BlockSize - 2)));
        ulong whole = ulong.MaxValue;
        if (cut != 0)
        {
            whole = (cut & (0 - cut)) - 1;
            twos &= whole;
            threes &= whole;
        }
        bool wellFormed = (starts & bit5 & bit4 & whole) == 0
            && (classes.NonAscii & ~starts & whole) == Tails(ulong.MaxValue, twos, threes);
        ulong letters = 0, numbers = 0, spaces = 0;
        if (wellFormed)
        {
            // Nearly all are letters or symbols, so these loops tell only those apart, without branches, which a text of several
            // scripts would make hard to predict. Checks of bounds would cost a quarter of the time; a code point ends in its block.
            ulong known = TClassifier.LookUp(block, twos, threes, out letters);
            int overlong = 0;
            ref byte first = ref MemoryMarshal.GetReference(block);
            for (ulong rest = twos & ~known; rest != 0; rest &= rest - 1)
            {
                int offset = BitOperations.TrailingZeroCount(rest);
                uint entry = CodePointClasses.EntryOf(DecodeTwo(ref Unsafe.Add(ref first, offset)));
                letters |= (ulong)(entry & CodePointClasses.IsLetter) << offset;
                known |= (ulong)(entry >> CodePointClasses.IsKnownShift & 1) << offset;
            }
            for (ulong rest = threes & ~known; rest != 0; rest &= rest - 1)
            {
                int offset = BitOperations.TrailingZeroCount(rest);
                uint codePoint = DecodeThree(ref Unsafe.Add(ref first, offset));
                overlong |= (int)codePoint - 0x800;
                uint entry = CodePointClasses.EntryOf(codePoint);
                letters |= (ulong)(entry & CodePointClasses.IsLetter) << offset;
                known |= (ulong)(entry >> CodePointClasses.IsKnownShift & 1) << offset;
            }
            wellFormed = overlong >= 0;
            for (ulong rest = (twos | threes) & ~known; rest != 0 && wellFormed; rest &= rest - 1)
            {
                ulong bit = rest & (0 - rest);
                ref byte start = ref Unsafe.Add(ref first, BitOperations.TrailingZeroCount(rest));
                uint codePoint = (twos & bit) != 0 ? DecodeTwo(ref start) : DecodeThree(ref start);
                wellFormed = codePoint >= 0x80 && (codePoint & 0xF800) != 0xD800;
                Add(CodePointClasses.OfBasic(codePoint), bit, ref letters, ref numbers, ref spaces);
            }
        }
        isPlain = wellFormed;
        if (!wellFormed) return ClassifyOneByOne(text, width, ref classes, out tails);
        tails = Tails(ulong.MaxValue, twos, threes);
        classes.Letters |= letters | Tails(letters, twos, threes);
        classes.Numbers |= numbers | Tails(numbers, twos, threes);
        classes.Spaces |= spaces | Tails(spaces, twos, threes);
        return cut == 0 ? width : BitOperations.TrailingZeroCount(cut);
    }

    /// <summary>The bytes after the first of those code points whose first byte is in a mask.</summary>
    private static ulong Tails(ulong firsts, ulong twos, ulong threes) =>
        ((firsts & (twos | threes)) << 1) | ((firsts & threes) << 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint DecodeTwo(ref byte first) => ((first & 0x1Fu) << 6) | (Unsafe.Add(ref first, 1) & 0x3Fu);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint DecodeThree(ref byte first) =>
        ((first & 0x0Fu) << 12) | ((Unsafe.Add(ref first, 1) & 0x3Fu) << 6) | (Unsafe.Add(ref first, 2) & 0x3Fu);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(CharClass charClass, ulong bits, ref ulong letters, ref ulong numbers, ref ulong spaces)
    {
        letters |= charClass == CharClass.Letter ? bits : 0;
        numbers |= charClass == CharClass.Number ? bits : 0;
        spaces |= charClass == CharClass.Space ? bits : 0;
    }

    /// <summary>As <see cref="Classify"/>, for a block with code points of four bytes or with malformed bytes.</summary>
    private static int ClassifyOneByOne(ReadOnlySpan<byte> text, int width, ref ByteClasses classes, out ulong tails)
    {
        ulong letters = 0, numbers = 0, spaces = 0;
        tails = 0;
        for (ulong high = classes.NonAscii; high != 0;)
        {
            int offset = BitOperations.TrailingZeroCount(high);
            CharClass charClass = CodePointClasses.Read(text, offset, out int length);
            if (offset + length > width)
            {
                width = offset;
                break;
            }
            ulong bits = ((1UL << length) - 1) << offset;
            high &= ~bits;
            Add(charClass, bits, ref letters, ref numbers, ref spaces);
            tails |= bits & (bits << 1);
        }
        classes.Letters |= letters;
        classes.Numbers |= numbers;
        classes.Spaces |= spaces;
        return width;
    }
}
