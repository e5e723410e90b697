using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>
/// A pre-token as a key of 16 bytes. One of up to 15 bytes is packed: the key is its bytes, with their number in bits 56 to 59 of
/// <see cref="High"/>. The key of a longer one is a hash of its bytes, with 0 as the number.
/// </summary>
/// <remarks>
/// Bits 60 to 63 are always 0, so that a table can keep something of its own there. A packed key holds a length, so it is never 0, and
/// tables use 0 for "no key".
/// </remarks>
internal readonly struct PreTokenKey(ulong low, ulong high)
{
    /// <summary>The most bytes that a key holds whole.</summary>
    public const int MaxPackedLength = 15;

    /// <summary>How many bytes of text <c>Pack</c> reads, whatever the length of the pre-token.</summary>
    public const int BytesRead = 16;

    private const int LengthShift = 56;
    private const int MaxFourWordsLength = 32;
    private const ulong LowMultiplier = 0x9E3779B97F4A7C15;
    private const ulong HighMultiplier = 0xC2B2AE3D27D4EB4F;

    public ulong Low { get; } = low;

    public ulong High { get; } = high;

    // For each length two masks: which bits of the two words are bytes of the pre-token.
    private static ReadOnlySpan<ulong> Masks =>
    [
        0, 0, 0xFF, 0, 0xFFFF, 0, 0xFFFFFF, 0, 0xFFFFFFFF, 0, 0xFFFFFFFFFF, 0, 0xFFFFFFFFFFFF, 0, 0xFFFFFFFFFFFFFF, 0,
        ulong.MaxValue, 0, ulong.MaxValue, 0xFF, ulong.MaxValue, 0xFFFF, ulong.MaxValue, 0xFFFFFF, ulong.MaxValue, 0xFFFFFFFF,
        ulong.MaxValue, 0xFFFFFFFFFF, ulong.MaxValue, 0xFFFFFFFFFFFF, ulong.MaxValue, 0xFFFFFFFFFFFFFF,
    ];

    // For each length two words, with the length where a key has it.
    private static ReadOnlySpan<ulong> Lengths =>
    [
        0, 0, 0, 1UL << LengthShift, 0, 2UL << LengthShift, 0, 3UL << LengthShift, 0, 4UL << LengthShift, 0, 5UL << LengthShift,
        0, 6UL << LengthShift, 0, 7UL << LengthShift, 0, 8UL << LengthShift, 0, 9UL << LengthShift, 0, 10UL << LengthShift,
        0, 11UL << LengthShift, 0, 12UL << LengthShift, 0, 13UL << LengthShift, 0, 14UL << LengthShift, 0, 15UL << LengthShift,
    ];

    /// <summary>Whether the key is the pre-token itself, so that equal keys are equal pre-tokens.</summary>
    public bool IsPacked => High >> LengthShift != 0;

    /// <summary>The number of bytes of a packed pre-token, or 0.</summary>
    public int PackedLength => (int)(High >> LengthShift);

    /// <summary>A quick hash; only its highest bits are well mixed.</summary>
    public ulong Hash => (Low * LowMultiplier) + (High * HighMultiplier);

    /// <summary>The key of any pre-token.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static PreTokenKey Of(ReadOnlySpan<byte> preToken)
    {
        if (preToken.Length > MaxPackedLength) return HashOf(preToken);
        Span<byte> padded = stackalloc byte[BytesRead];
        padded.Clear();
        preToken.CopyTo(padded);
        return Pack(ref padded[0], preToken.Length);
    }

    /// <summary>
    /// The key of the pre-token of 1 to <see cref="MaxPackedLength"/> bytes that a text of at least <see cref="BytesRead"/> bytes
    /// begins with.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PreTokenKey Pack(ReadOnlySpan<byte> text, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)MaxPackedLength, nameof(length));
        return Pack(ref MemoryMarshal.GetReference(text[..BytesRead]), length);
    }

    /// <summary>As the other <c>Pack</c>, but nothing checks the length and the bounds: the caller has done so.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PreTokenKey Pack(ref byte first, int length)
    {
        // Both words are read whole and what lies beyond the pre-token is masked away, which needs no branches:
        // this runs once for each pre-token.
        ref ulong mask = ref Unsafe.Add(ref MemoryMarshal.GetReference(Masks), 2 * length);
        if (Vector128.IsHardwareAccelerated && BitConverter.IsLittleEndian)
        {
            Vector128<ulong> words = Vector128.LoadUnsafe(ref first).AsUInt64() & Vector128.LoadUnsafe(ref mask);
            ref ulong lengthWords = ref Unsafe.Add(ref MemoryMarshal.GetReference(Lengths), 2 * length);
            return Unsafe.BitCast<Vector128<ulong>, PreTokenKey>(words | Vector128.LoadUnsafe(ref lengthWords));
        }
        ulong low = LittleEndian(Unsafe.ReadUnaligned<ulong>(ref first));
        ulong high = LittleEndian(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, sizeof(ulong))));
        return new PreTokenKey(low & mask, (high & Unsafe.Add(ref mask, 1)) | ((ulong)length << LengthShift));
    }

    /// <summary>Writes the bytes of a packed pre-token, and after them what is left of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Low);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[sizeof(ulong)..], High);
    }

    private static ulong LittleEndian(ulong value) => BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static PreTokenKey HashOf(ReadOnlySpan<byte> preToken)
    {
        if (preToken.Length <= MaxFourWordsLength) return HashOfFourWords(preToken);
        ulong low = (ulong)preToken.Length;
        ulong high = LowMultiplier;
        ReadOnlySpan<byte> rest = preToken;
        while (rest.Length >= 8)
        {
            Mix(BinaryPrimitives.ReadUInt64LittleEndian(rest), ref low, ref high);
            rest = rest[8..];
        }
        // The last eight bytes, which may overlap with those before, cover what is left.
        if (!rest.IsEmpty) Mix(BinaryPrimitives.ReadUInt64LittleEndian(preToken[^8..]), ref low, ref high);
        return new PreTokenKey(low, high >> (64 - LengthShift));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static PreTokenKey HashOfFourWords(ReadOnlySpan<byte> preToken)
    {
        // Few long words are longer: of all others the two words at their start and the two at their end, which may overlap, need no loop.
        ulong start = Fold(
            BinaryPrimitives.ReadUInt64LittleEndian(preToken) ^ (ulong)preToken.Length,
            BinaryPrimitives.ReadUInt64LittleEndian(preToken[8..]));
        ulong end = Fold(BinaryPrimitives.ReadUInt64LittleEndian(preToken[^16..]), BinaryPrimitives.ReadUInt64LittleEndian(preToken[^8..]));
        return new PreTokenKey(start ^ ulong.RotateLeft(end, 32), (start + (end * LowMultiplier)) >> (64 - LengthShift));
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
