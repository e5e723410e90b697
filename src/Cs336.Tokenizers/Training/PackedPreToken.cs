using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>A pre-token of 1 to 15 bytes in 16: its bytes, zeros, and its length in the last.</summary>
internal readonly struct PackedPreToken(ulong low, ulong high)
{
    /// <summary>The most bytes that fit.</summary>
    public const int MaxLength = 15;

    /// <summary>How many bytes <see cref="Read"/> reads, whatever the length.</summary>
    public const int Size = 16;

    public readonly ulong Low = low;
    public readonly ulong High = high;

    private static ReadOnlySpan<ulong> LowMasks =>
    [
        0, 0xFF, 0xFFFF, 0xFF_FFFF, 0xFFFF_FFFF, 0xFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF, 0xFF_FFFF_FFFF_FFFF,
        ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue,
    ];

    private static ReadOnlySpan<ulong> HighMasks =>
    [
        0, 0, 0, 0, 0, 0, 0, 0,
        0, 0xFF, 0xFFFF, 0xFF_FFFF, 0xFFFF_FFFF, 0xFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF, 0xFF_FFFF_FFFF_FFFF,
    ];

    public int Length => (int)(High >> 56);

    /// <summary>Packs the first bytes of a text of at least <see cref="Size"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedPreToken Read(ReadOnlySpan<byte> text, int length)
    {
        ulong low = BinaryPrimitives.ReadUInt64LittleEndian(text) & LowMasks[length];
        ulong high = BinaryPrimitives.ReadUInt64LittleEndian(text[8..]) & HighMasks[length];
        return new PackedPreToken(low, high | ((ulong)length << 56));
    }

    /// <summary>Writes the bytes, and what is left of 16 after them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Low);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], High);
    }

    /// <summary>Multiplies the halves and folds the product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Hash()
    {
        ulong high = Math.BigMul(Low ^ 0x9E3779B97F4A7C15, High ^ 0xD6E8FEB86659FD93, out ulong low);
        return (uint)((high ^ low) >> 8);
    }
}
