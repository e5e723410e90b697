using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Which bytes of a block are of upper or titlecase letters, of lower ones, and of marks.</summary>
internal struct CaseMasks
{
    public ulong Upper, Lower, Marks;
}

/// <summary>As <see cref="NonAsciiClassifier"/>, and tells the case of letters, and marks from symbols.</summary>
internal static class CasedClassifier
{
    private const int BlockSize = 64;

    /// <summary>Classifies the bytes of <see cref="ByteClasses.NonAscii"/>.</summary>
    /// <param name="block">The block, with zeros after the end of the text.</param>
    /// <param name="text">The text from the block's start on.</param>
    /// <param name="width">How much of the block is text.</param>
    /// <param name="classes">The masks, to which the code points are added. Marks stay symbols.</param>
    /// <param name="cases">More masks, of what is not ASCII.</param>
    /// <param name="tails">The bytes that do not start a code point.</param>
    /// <returns>The width without a code point that goes on beyond the block.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Classify<TClassifier>(
        ReadOnlySpan<byte> block, ReadOnlySpan<byte> text, int width, ref ByteClasses classes, out CaseMasks cases, out ulong tails)
        where TClassifier : struct, IByteClassifier
    {
        CodePointStarts starts = CodePointStarts.Find<TClassifier>(block, classes.NonAscii);
        if (!starts.AreAll) return ClassifyOneByOne(text, width, ref classes, out cases, out tails);
        // What is known of each code point is written where it starts, and the bits of all are gathered at once: there are too many
        // kinds to add each code point to a mask for each of them. Checks of bounds are left out as in NonAsciiClassifier.
        Span<byte> entries = stackalloc byte[BlockSize];
        ref byte entry = ref MemoryMarshal.GetReference(entries);
        ref byte first = ref MemoryMarshal.GetReference(block);
        for (ulong rest = starts.Twos; rest != 0; rest &= rest - 1)
        {
            int offset = BitOperations.TrailingZeroCount(rest);
            Unsafe.Add(ref entry, offset) = (byte)CodePointClasses.EntryOf(CodePointStarts.DecodeTwo(ref Unsafe.Add(ref first, offset)));
        }
        int overlong = 0;
        for (ulong rest = starts.Threes; rest != 0; rest &= rest - 1)
        {
            int offset = BitOperations.TrailingZeroCount(rest);
            uint codePoint = CodePointStarts.DecodeThree(ref Unsafe.Add(ref first, offset));
            overlong |= (int)codePoint - 0x800;
            Unsafe.Add(ref entry, offset) = (byte)CodePointClasses.EntryOf(codePoint);
        }
        if (overlong < 0) return ClassifyOneByOne(text, width, ref classes, out cases, out tails);
        ulong numbers = 0, spaces = 0;
        for (ulong rest = (starts.Twos | starts.Threes) & ~TClassifier.GatherBit(entries, CodePointClasses.IsKnownShift); rest != 0;
            rest &= rest - 1)
        {
            ulong bit = rest & (0 - rest);
            int offset = BitOperations.TrailingZeroCount(rest);
            ref byte start = ref Unsafe.Add(ref first, offset);
            uint codePoint = (starts.Twos & bit) != 0 ? CodePointStarts.DecodeTwo(ref start) : CodePointStarts.DecodeThree(ref start);
            if (codePoint < 0x80 || (codePoint & 0xF800) == 0xD800) return ClassifyOneByOne(text, width, ref classes, out cases, out tails);
            CharClass charClass = CodePointClasses.OfBasic(codePoint);
            if (charClass == CharClass.Number) numbers |= bit;
            if (charClass == CharClass.Space) spaces |= bit;
            // By now it is filled in.
            entries[offset] = (byte)CodePointClasses.EntryOf(codePoint);
        }
        tails = starts.TailsOf(ulong.MaxValue);
        classes.Letters |= starts.WithTails(TClassifier.GatherBit(entries, CodePointClasses.IsLetterShift));
        classes.Numbers |= starts.WithTails(numbers);
        classes.Spaces |= starts.WithTails(spaces);
        cases.Upper = starts.WithTails(TClassifier.GatherBit(entries, CodePointClasses.IsUpperShift));
        cases.Lower = starts.WithTails(TClassifier.GatherBit(entries, CodePointClasses.IsLowerShift));
        cases.Marks = starts.WithTails(TClassifier.GatherBit(entries, CodePointClasses.IsMarkShift));
        return starts.Cut == 0 ? width : BitOperations.TrailingZeroCount(starts.Cut);
    }

    /// <summary>As <see cref="Classify"/>, for a block with code points of four bytes or with malformed bytes.</summary>
    private static int ClassifyOneByOne(
        ReadOnlySpan<byte> text, int width, ref ByteClasses classes, out CaseMasks cases, out ulong tails)
    {
        ulong nonAscii = classes.NonAscii;
        width = NonAsciiClassifier.ClassifyOneByOne(text, width, ref classes, out tails);
        cases = default;
        for (ulong rest = nonAscii & ~tails & (ulong.MaxValue >> (BlockSize - width)); rest != 0; rest &= rest - 1)
        {
            int offset = BitOperations.TrailingZeroCount(rest);
            // A malformed code point becomes U+FFFD, which has no case.
            Rune.DecodeFromUtf8(text[offset..], out Rune rune, out int length);
            ulong bits = ((1UL << length) - 1) << offset;
            byte entry = CodePointClasses.CaseOf(rune.Value);
            cases.Upper |= (ulong)(entry >> CodePointClasses.IsUpperShift & 1) * bits;
            cases.Lower |= (ulong)(entry >> CodePointClasses.IsLowerShift & 1) * bits;
            cases.Marks |= (ulong)(entry >> CodePointClasses.IsMarkShift & 1) * bits;
        }
        return width;
    }
}
