using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>Classifies 64 bytes in four registers (SSE2, Arm's AdvSimd, WebAssembly).</summary>
internal readonly struct Vector128Classifier : IByteClassifier
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ByteClasses Classify(ReadOnlySpan<byte> block)
    {
        ByteClasses classes = default;
        for (int shift = 0; shift < 64; shift += 16)
        {
            Vector128<byte> bytes = Vector128.Create(block[shift..]);
            ulong blanks = Vector128.Equals(bytes, Vector128.Create((byte)' ')).ExtractMostSignificantBits();
            classes.Letters |= IsInRange(bytes | Vector128.Create((byte)0x20), (byte)'a', 26) << shift;
            classes.Numbers |= IsInRange(bytes, (byte)'0', 10) << shift;
            classes.Blanks |= blanks << shift;
            classes.Spaces |= (blanks | IsInRange(bytes, (byte)'\t', 5)) << shift;
            classes.Apostrophes |=
                (ulong)Vector128.Equals(bytes, Vector128.Create((byte)'\'')).ExtractMostSignificantBits() << shift;
            classes.NonAscii |= (ulong)bytes.ExtractMostSignificantBits() << shift;
        }
        return classes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong InRange(ReadOnlySpan<byte> block, byte first, byte count)
    {
        ulong bits = 0;
        for (int shift = 0; shift < 64; shift += 16) bits |= IsInRange(Vector128.Create(block[shift..]), first, count) << shift;
        return bits;
    }

    // What a shift moves in from the next byte stays below the top bit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong GatherBit(ReadOnlySpan<byte> block, int bit)
    {
        ulong bits = 0;
        for (int shift = 0; shift < 64; shift += 16)
            bits |= (ulong)(Vector128.Create(block[shift..]).AsUInt64() << (7 - bit)).AsByte().ExtractMostSignificantBits() << shift;
        return bits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong IsInRange(Vector128<byte> bytes, byte first, byte count)
    {
        Vector128<byte> offset = bytes - Vector128.Create(first);
        return Vector128.Equals(Vector128.Min(offset, Vector128.Create((byte)(count - 1))), offset).ExtractMostSignificantBits();
    }
}
