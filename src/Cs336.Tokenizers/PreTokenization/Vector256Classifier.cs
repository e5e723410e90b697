using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>Classifies 64 bytes in two registers (AVX2).</summary>
internal readonly struct Vector256Classifier : IByteClassifier
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ByteClasses Classify(ReadOnlySpan<byte> block)
    {
        Vector256<byte> low = Vector256.Create(block);
        Vector256<byte> high = Vector256.Create(block[32..]);
        ulong blanks = Join(IsEqual(low, (byte)' '), IsEqual(high, (byte)' '));
        return new ByteClasses
        {
            Letters = Join(
                IsInRange(low | Vector256.Create((byte)0x20), (byte)'a', 26),
                IsInRange(high | Vector256.Create((byte)0x20), (byte)'a', 26)),
            Numbers = Join(IsInRange(low, (byte)'0', 10), IsInRange(high, (byte)'0', 10)),
            Blanks = blanks,
            Spaces = blanks | Join(IsInRange(low, (byte)'\t', 5), IsInRange(high, (byte)'\t', 5)),
            Apostrophes = Join(IsEqual(low, (byte)'\''), IsEqual(high, (byte)'\'')),
            NonAscii = Join(low, high),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong InRange(ReadOnlySpan<byte> block, byte first, byte count) =>
        Join(IsInRange(Vector256.Create(block), first, count), IsInRange(Vector256.Create(block[32..]), first, count));

    // What a shift moves in from the next byte stays below the top bit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong GatherBit(ReadOnlySpan<byte> block, int bit) => Join(
        (Vector256.Create(block).AsUInt64() << (7 - bit)).AsByte(), (Vector256.Create(block[32..]).AsUInt64() << (7 - bit)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> IsEqual(Vector256<byte> bytes, byte value) => Vector256.Equals(bytes, Vector256.Create(value));

    // AVX2 has no unsigned comparison: x < n where min(x, n - 1) is x.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> IsInRange(Vector256<byte> bytes, byte first, byte count)
    {
        Vector256<byte> offset = bytes - Vector256.Create(first);
        return Vector256.Equals(Vector256.Min(offset, Vector256.Create((byte)(count - 1))), offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Join(Vector256<byte> low, Vector256<byte> high) =>
        low.ExtractMostSignificantBits() | ((ulong)high.ExtractMostSignificantBits() << 32);
}
