using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
            High = bytes.ExtractMostSignificantBits(),
        };
    }

    // What a shift moves in from the next byte stays below the top bit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong GatherBit(ReadOnlySpan<byte> block, int bit) =>
        (Vector512.Create(block).AsUInt64() << (7 - bit)).AsByte().ExtractMostSignificantBits();
}
