using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>Classifies 64 bytes without vector instructions, eight to a general register.</summary>
/// <remarks>
/// Adding 128 - n to a byte of 7 bits sets its top bit where the byte is n or more, and never carries into the next byte.
/// </remarks>
internal readonly struct ScalarClassifier : IByteClassifier
{
    private const ulong Ones = 0x0101_0101_0101_0101;
    private const ulong TopBits = 0x80 * Ones;

    public static ByteClasses Classify(ReadOnlySpan<byte> block)
    {
        ByteClasses classes = default;
        for (int shift = 0; shift < 64; shift += 8)
        {
            ulong bytes = BinaryPrimitives.ReadUInt64LittleEndian(block[shift..]);
            ulong low = bytes & ~TopBits;
            ulong ascii = ~bytes & TopBits;
            ulong blanks = IsInRange(low, ' ', 1) & ascii;
            classes.Letters |= Gather(IsInRange(low | (0x20 * Ones), 'a', 26) & ascii) << shift;
            classes.Numbers |= Gather(IsInRange(low, '0', 10) & ascii) << shift;
            classes.Blanks |= Gather(blanks) << shift;
            classes.Spaces |= Gather(blanks | (IsInRange(low, '\t', 5) & ascii)) << shift;
            classes.Apostrophes |= Gather(IsInRange(low, '\'', 1) & ascii) << shift;
            classes.NonAscii |= Gather(bytes & TopBits) << shift;
        }
        return classes;
    }

    public static ulong InRange(ReadOnlySpan<byte> block, byte first, byte count)
    {
        ulong bits = 0;
        for (int shift = 0; shift < 64; shift += 8)
        {
            ulong bytes = BinaryPrimitives.ReadUInt64LittleEndian(block[shift..]);
            bits |= Gather(IsInRange(bytes & ~TopBits, (char)first, count) & ~bytes & TopBits) << shift;
        }
        return bits;
    }

    // What a shift moves in from the next byte stays below the top bit.
    public static ulong GatherBit(ReadOnlySpan<byte> block, int bit)
    {
        ulong bits = 0;
        for (int shift = 0; shift < 64; shift += 8)
            bits |= Gather((BinaryPrimitives.ReadUInt64LittleEndian(block[shift..]) << (7 - bit)) & TopBits) << shift;
        return bits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong IsInRange(ulong low, char first, int count) =>
        (low + ((128 - (ulong)first) * Ones)) & ~(low + ((128 - (ulong)first - (ulong)count) * Ones));

    /// <summary>The top bits of eight bytes as the low eight bits: the product moves top bit i to bit 56 + i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Gather(ulong topBits) => ((topBits >> 7) * 0x0102_0408_1020_4080) >> 56;
}
