using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>The first bytes of a block's code points of two and of three bytes.</summary>
/// <param name="Twos">Those of two bytes.</param>
/// <param name="Threes">Those of three bytes.</param>
/// <param name="Cut">The first byte of one that goes on beyond the block, which is in neither, or 0.</param>
/// <param name="AreAll">
/// Whether there is nothing but these and ASCII up to the cut. Overlong ones and surrogates are not told apart yet: they count as these.
/// </param>
internal readonly record struct CodePointStarts(ulong Twos, ulong Threes, ulong Cut, bool AreAll)
{
    private const int BlockSize = 64;

    /// <summary>Finds them.</summary>
    /// <param name="block">The block, with zeros after the end of the text.</param>
    /// <param name="nonAscii">Its bytes of 128 and more.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CodePointStarts Find<TClassifier>(ReadOnlySpan<byte> block, ulong nonAscii)
        where TClassifier : struct, IByteClassifier
    {
        // The first byte of a code point begins with 110 where there are two of them and with 1110 where there are
        // three; the bytes after it begin with 10.
        ulong bit5 = TClassifier.GatherBit(block, 5);
        ulong bit4 = TClassifier.GatherBit(block, 4);
        ulong starts = nonAscii & TClassifier.GatherBit(block, 6);
        ulong twos = starts & ~bit5;
        ulong threes = starts & bit5 & ~bit4;
        ulong cut = (twos & (1UL << (BlockSize - 1))) | (threes & (3UL << (BlockSize - 2)));
        ulong whole = ulong.MaxValue;
        if (cut != 0)
        {
            cut &= 0 - cut;
            whole = cut - 1;
            twos &= whole;
            threes &= whole;
        }
        bool areAll = (starts & bit5 & bit4 & whole) == 0 && (nonAscii & ~starts & whole) == TailsOf(ulong.MaxValue, twos, threes);
        return new CodePointStarts(twos, threes, cut, areAll);
    }

    /// <summary>The bytes after the first of those code points whose first byte is in a mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong TailsOf(ulong firsts) => TailsOf(firsts, Twos, Threes);

    /// <summary>All bytes of those code points whose first byte is in a mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong WithTails(ulong firsts) => firsts | TailsOf(firsts);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint DecodeTwo(ref byte first) => ((first & 0x1Fu) << 6) | (Unsafe.Add(ref first, 1) & 0x3Fu);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint DecodeThree(ref byte first) =>
        ((first & 0x0Fu) << 12) | ((Unsafe.Add(ref first, 1) & 0x3Fu) << 6) | (Unsafe.Add(ref first, 2) & 0x3Fu);

    private static ulong TailsOf(ulong firsts, ulong twos, ulong threes) => ((firsts & (twos | threes)) << 1) | ((firsts & threes) << 2);
}
