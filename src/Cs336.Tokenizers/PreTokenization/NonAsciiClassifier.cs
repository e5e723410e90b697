using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cs336.Tokenizers;

/// <summary>Adds the code points of a block that are not ASCII to its masks.</summary>
internal static class NonAsciiClassifier
{
    /// <summary>Classifies the bytes of <see cref="ByteClasses.NonAscii"/>.</summary>
    /// <param name="block">The block, with zeros after the end of the text.</param>
    /// <param name="text">The text from the block's start on.</param>
    /// <param name="width">How much of the block is text.</param>
    /// <param name="classes">The masks, to which the code points are added.</param>
    /// <param name="tails">The bytes that do not start a code point.</param>
    /// <returns>The width without a code point that goes on beyond the block.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Classify<TClassifier>(
        ReadOnlySpan<byte> block, ReadOnlySpan<byte> text, int width, ref ByteClasses classes, out ulong tails)
        where TClassifier : struct, IByteClassifier
    {
        CodePointStarts starts = CodePointStarts.Find<TClassifier>(block, classes.NonAscii);
        ulong twos = starts.Twos, threes = starts.Threes;
        bool wellFormed = starts.AreAll;
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
                uint entry = CodePointClasses.EntryOf(CodePointStarts.DecodeTwo(ref Unsafe.Add(ref first, offset)));
                letters |= (ulong)(entry & CodePointClasses.IsLetter) << offset;
                known |= (ulong)(entry >> CodePointClasses.IsKnownShift & 1) << offset;
            }
            for (ulong rest = threes & ~known; rest != 0; rest &= rest - 1)
            {
                int offset = BitOperations.TrailingZeroCount(rest);
                uint codePoint = CodePointStarts.DecodeThree(ref Unsafe.Add(ref first, offset));
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
                uint codePoint = (twos & bit) != 0 ? CodePointStarts.DecodeTwo(ref start) : CodePointStarts.DecodeThree(ref start);
                wellFormed = codePoint >= 0x80 && (codePoint & 0xF800) != 0xD800;
                Add(CodePointClasses.OfBasic(codePoint), bit, ref letters, ref numbers, ref spaces);
            }
        }
        if (!wellFormed) return ClassifyOneByOne(text, width, ref classes, out tails);
        tails = starts.TailsOf(ulong.MaxValue);
        classes.Letters |= starts.WithTails(letters);
        classes.Numbers |= starts.WithTails(numbers);
        classes.Spaces |= starts.WithTails(spaces);
        return starts.Cut == 0 ? width : BitOperations.TrailingZeroCount(starts.Cut);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(CharClass charClass, ulong bits, ref ulong letters, ref ulong numbers, ref ulong spaces)
    {
        letters |= charClass == CharClass.Letter ? bits : 0;
        numbers |= charClass == CharClass.Number ? bits : 0;
        spaces |= charClass == CharClass.Space ? bits : 0;
    }

    /// <summary>As <see cref="Classify"/>, for a block with code points of four bytes or with malformed bytes.</summary>
    public static int ClassifyOneByOne(ReadOnlySpan<byte> text, int width, ref ByteClasses classes, out ulong tails)
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
