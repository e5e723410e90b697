using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cs336.Tokenizers;

/// <summary>Classifies 64 bytes in one register (AVX-512).</summary>
internal readonly struct Vector512Classifier : IByteClassifier
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ByteClasses Classify(ReadOnlySpan<byte> block)
    {
        Vector512<byte> bytes = Vector512.Create(block);
        Vector512<byte> blanks = Vector512.Equals(bytes, Vector512.Create((byte)' '));
        // Below the range's start the subtraction wraps round to large values, so one comparison does for both ends.
        Vector512<byte> controls = Vector512.LessThan(bytes - Vector512.Create((byte)'\t'), Vector512.Create((byte)5));
        return new ByteClasses
        {
            Letters = Vector512.LessThan((bytes | Vector512.Create((byte)0x20)) - Vector512.Create((byte)'a'), Vector512.Create((byte)26))
                .ExtractMostSignificantBits(),
            Numbers = Vector512.LessThan(bytes - Vector512.Create((byte)'0'), Vector512.Create((byte)10)).ExtractMostSignificantBits(),
            Blanks = blanks.ExtractMostSignificantBits(),
            Spaces = blanks.ExtractMostSignificantBits() | controls.ExtractMostSignificantBits(),
            Apostrophes = Vector512.Equals(bytes, Vector512.Create((byte)'\'')).ExtractMostSignificantBits(),
            NonAscii = bytes.ExtractMostSignificantBits(),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong InRange(ReadOnlySpan<byte> block, byte first, byte count) =>
        Vector512.LessThan(Vector512.Create(block) - Vector512.Create(first), Vector512.Create(count)).ExtractMostSignificantBits();

    // What a shift moves in from the next byte stays below the top bit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong GatherBit(ReadOnlySpan<byte> block, int bit) =>
        (Vector512.Create(block).AsUInt64() << (7 - bit)).AsByte().ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong LookUp(ReadOnlySpan<byte> block, ulong twos, ulong threes, out ulong letters)
    {
        if (!Avx512Vbmi.IsSupported)
        {
            letters = 0;
            return 0;
        }
        Vector512<byte> first = Vector512.Create(block);
        Vector512<byte> second = Avx512Vbmi.PermuteVar64x8(first, Vector512<byte>.Indices + Vector512.Create((byte)1));
        // One table has a bit for each code point of two bytes, another for each pair of first bytes of those of three. Which byte
        // of the table: from the low bits of the first byte and three bits of the second. Which bit of it: from the last three of
        // the second.
        Vector512<byte> number = ((first.AsUInt16() << 3).AsByte() & Vector512.Create((byte)0xF8)) | Low3(second.AsUInt16() >> 3);
        Vector512<byte> bit = BitOf(second);
        // What is known is read first, as it is written last.
        ulong known = Bits(number, bit, CodePointClasses.KnownOfTwo, CodePointClasses.KnownRows, twos, threes);
        letters = Bits(number, bit, CodePointClasses.LettersOfTwo, CodePointClasses.LetterRows, twos, threes);
        for (ulong rest = threes & ~known; rest != 0;)
        {
            // Of one script's code points many have the first two bytes in common, and 64 bits for the third.
            int offset = BitOperations.TrailingZeroCount(rest);
            byte one = block[offset], two = block[offset + 1];
            ulong alike = rest & Vector512.Equals(first, Vector512.Create(one)).ExtractMostSignificantBits()
                & Vector512.Equals(second, Vector512.Create(two)).ExtractMostSignificantBits();
            rest &= ~alike;
            Vector512<byte> third = Avx512Vbmi.PermuteVar64x8(first, Vector512<byte>.Indices + Vector512.Create((byte)2));
            (ulong rowKnown, ulong rowLetters) = CodePointClasses.RowOf(((one & 0x0F) << 6) | (two & 0x3F));
            Vector512<byte> rowByte = Low3(third.AsUInt16() >> 3), rowBit = BitOf(third);
            known |= alike & AreSet(Avx512BW.Shuffle(Vector512.Create(rowKnown).AsByte(), rowByte), rowBit);
            letters |= alike & AreSet(Avx512BW.Shuffle(Vector512.Create(rowLetters).AsByte(), rowByte), rowBit);
        }
        return known;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(
        Vector512<byte> number, Vector512<byte> bit, ReadOnlySpan<byte> ofTwo, ReadOnlySpan<byte> ofThree, ulong twos, ulong threes) =>
        (twos & AreSet(Avx512BW.BlendVariable(Read(ofTwo, number), Read(ofTwo[128..], number), number), bit))
            | (threes & AreSet(Read(ofThree, number), bit));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Low3(Vector512<ushort> bytes) => bytes.AsByte() & Vector512.Create((byte)7);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> BitOf(Vector512<byte> numbers) =>
        Avx512BW.Shuffle(Vector512.Create(0x8040201008040201).AsByte(), Low3(numbers.AsUInt16()));

    /// <summary>For each number the byte of a table of 128 bytes that its lower seven bits choose.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Read(ReadOnlySpan<byte> table, Vector512<byte> numbers) =>
        Avx512Vbmi.PermuteVar64x8x2(Vector512.Create(table), numbers, Vector512.Create(table[64..]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong AreSet(Vector512<byte> bytes, Vector512<byte> bit) =>
        Vector512.Equals(bytes & bit, bit).ExtractMostSignificantBits();
}
