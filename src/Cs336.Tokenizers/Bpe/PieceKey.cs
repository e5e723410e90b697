using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>
/// A pre-token as 16 bytes: up to 15 bytes are the key itself, with their number in bits 56 to 59 of <see cref="High"/>;
/// of a longer one it is a hash, with 0 there. Bits 60 to 63 are 0: the cache keeps a count in them.
/// </summary>
internal readonly struct PieceKey(ulong low, ulong high)
{
    /// <summary>The most bytes that a key holds whole.</summary>
    public const int LongestPacked = 15;

    /// <summary>The bytes of text that <see cref="Pack"/> reads.</summary>
    public const int BytesRead = 16;

    private const int LengthShift = 56;
    private const int LongestOfFourWords = 32;
    private const ulong LowMultiplier = 0x9E3779B97F4A7C15;
    private const ulong HighMultiplier = 0xC2B2AE3D27D4EB4F;

    public ulong Low { get; } = low;

    public ulong High { get; } = high;

    // For each length, which bits of the two words belong to the pre-token.
    private static ReadOnlySpan<ulong> Masks =>
    [
        0, 0, 0xFF, 0, 0xFFFF, 0, 0xFFFFFF, 0, 0xFFFFFFFF, 0, 0xFFFFFFFFFF, 0, 0xFFFFFFFFFFFF, 0, 0xFFFFFFFFFFFFFF, 0,
        ulong.MaxValue, 0, ulong.MaxValue, 0xFF, ulong.MaxValue, 0xFFFF, ulong.MaxValue, 0xFFFFFF, ulong.MaxValue, 0xFFFFFFFF,
        ulong.MaxValue, 0xFFFFFFFFFF, ulong.MaxValue, 0xFFFFFFFFFFFF, ulong.MaxValue, 0xFFFFFFFFFFFFFF,
    ];

    // And the length itself, where the key has it.
    private static ReadOnlySpan<ulong> Lengths =>
    [
        0, 0, 0, 1UL << LengthShift, 0, 2UL << LengthShift, 0, 3UL << LengthShift, 0, 4UL << LengthShift, 0, 5UL << LengthShift,
        0, 6UL << LengthShift, 0, 7UL << LengthShift, 0, 8UL << LengthShift, 0, 9UL << LengthShift, 0, 10UL << LengthShift,
        0, 11UL << LengthShift, 0, 12UL << LengthShift, 0, 13UL << LengthShift, 0, 14UL << LengthShift, 0, 15UL << LengthShift,
    ];

    /// <summary>Whether the key is the pre-token itself, so that equal keys are equal pre-tokens.</summary>
    public bool IsPacked => High >> LengthShift != 0;

    /// <summary>Multiplies and adds; its highest bits are the ones to use.</summary>
    public ulong Hash => (Low * LowMultiplier) + (High * HighMultiplier);

    /// <summary>The key of any pre-token.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static PieceKey Of(ReadOnlySpan<byte> piece)
    {
        if (piece.Length > LongestPacked) return HashOf(piece);
        Span<byte> padded = stackalloc byte[BytesRead];
        padded.Clear();
        piece.CopyTo(padded);
        return Pack(ref padded[0], piece.Length);
    }

    /// <summary>The key of a pre-token of 1 to <see cref="LongestPacked"/> bytes, from whose start on <see cref="BytesRead"/> bytes can be read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PieceKey Pack(ref byte first, int length)
    {
        // Both words are read whole and what lies beyond the pre-token is masked away, which needs no branches.
        // The caller has seen to the bounds, and this runs once for each pre-token.
        ref ulong mask = ref Unsafe.Add(ref MemoryMarshal.GetReference(Masks), 2 * length);
        if (Vector128.IsHardwareAccelerated && BitConverter.IsLittleEndian)
        {
            Vector128<ulong> words = Vector128.LoadUnsafe(ref first).AsUInt64() & Vector128.LoadUnsafe(ref mask);
            ref ulong lengthWords = ref Unsafe.Add(ref MemoryMarshal.GetReference(Lengths), 2 * length);
            return Unsafe.BitCast<Vector128<ulong>, PieceKey>(words | Vector128.LoadUnsafe(ref lengthWords));
        }
        ulong low = LittleEndian(Unsafe.ReadUnaligned<ulong>(ref first));
        ulong high = LittleEndian(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, sizeof(ulong))));
        return new PieceKey(low & mask, (high & Unsafe.Add(ref mask, 1)) | ((ulong)length << LengthShift));
    }

    private static ulong LittleEndian(ulong value) => BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static PieceKey HashOf(ReadOnlySpan<byte> piece)
    {
        if (piece.Length <= LongestOfFourWords) return HashOfFourWords(piece);
        ulong low = (ulong)piece.Length;
        ulong high = LowMultiplier;
        ReadOnlySpan<byte> rest = piece;
        while (rest.Length >= 8)
        {
            Mix(BinaryPrimitives.ReadUInt64LittleEndian(rest), ref low, ref high);
            rest = rest[8..];
        }
        // The last eight bytes, which may overlap with those before, cover what is left.
        if (!rest.IsEmpty) Mix(BinaryPrimitives.ReadUInt64LittleEndian(piece[^8..]), ref low, ref high);
        return new PieceKey(low, high >> (64 - LengthShift));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static PieceKey HashOfFourWords(ReadOnlySpan<byte> piece)
    {
        // Most long words are no longer: the two words at their start and the two at their end, which may overlap, need no loop.
        ulong start = Fold(BinaryPrimitives.ReadUInt64LittleEndian(piece) ^ (ulong)piece.Length, BinaryPrimitives.ReadUInt64LittleEndian(piece[8..]));
        ulong end = Fold(BinaryPrimitives.ReadUInt64LittleEndian(piece[^16..]), BinaryPrimitives.ReadUInt64LittleEndian(piece[^8..]));
        return new PieceKey(start ^ ulong.RotateLeft(end, 32), (start + (end * LowMultiplier)) >> (64 - LengthShift));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong left, ulong right)
    {
        ulong upper = Math.BigMul(left ^ LowMultiplier, right ^ HighMultiplier, out ulong lower);
        return upper ^ lower;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ulong word, ref ulong low, ref ulong high)
    {
        ulong upper = Math.BigMul(low ^ word, HighMultiplier, out ulong lower);
        low = upper ^ lower;
        high = ulong.RotateLeft(high ^ word, 29) * LowMultiplier;
    }
}
