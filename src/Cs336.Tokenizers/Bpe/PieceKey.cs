using System.Buffers.Binary;

namespace Cs336.Tokenizers;

/// <summary>
/// A pre-token as 16 bytes: up to 15 bytes are the key itself, with their number in bits 56 to 59 of <see cref="High"/>;
/// of a longer one it is a hash, with 0 there. Bits 60 to 63 are 0: the cache keeps a count in them.
/// </summary>
internal readonly record struct PieceKey(ulong Low, ulong High)
{
    /// <summary>The most bytes that a key holds whole.</summary>
    public const int LongestPacked = 15;

    private const int LengthShift = 56;
    private const ulong LowMultiplier = 0x9E3779B97F4A7C15;
    private const ulong HighMultiplier = 0xC2B2AE3D27D4EB4F;

    /// <summary>Whether the key is the pre-token itself, so that equal keys are equal pre-tokens.</summary>
    public bool IsPacked => High >> LengthShift != 0;

    /// <summary>Multiplies and adds; its highest bits are the ones to use.</summary>
    public ulong Hash => unchecked((Low * LowMultiplier) + (High * HighMultiplier));

    /// <summary>The key of a pre-token of 1 to <see cref="LongestPacked"/> bytes.</summary>
    /// <param name="text">The text from the pre-token's start to beyond its end.</param>
    /// <param name="length">The pre-token's length.</param>
    public static PieceKey Pack(ReadOnlySpan<byte> text, int length)
    {
        // Both words are read whole and what lies beyond the pre-token is masked away, which needs no branches.
        if (text.Length < 16)
        {
            Span<byte> copy = stackalloc byte[16];
            copy.Clear();
            text[..length].CopyTo(copy);
            return Pack(copy, length);
        }
        ulong low = BinaryPrimitives.ReadUInt64LittleEndian(text);
        ulong high = BinaryPrimitives.ReadUInt64LittleEndian(text[8..]);
        return new PieceKey(
            low & (ulong.MaxValue >> (64 - (8 * Math.Min(length, 8)))),
            (high & (length > 8 ? ulong.MaxValue >> (128 - (8 * length)) : 0)) | ((ulong)length << LengthShift));
    }

    /// <summary>The key of a longer pre-token.</summary>
    public static PieceKey HashOf(ReadOnlySpan<byte> piece)
    {
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

    private static void Mix(ulong word, ref ulong low, ref ulong high)
    {
        ulong upper = Math.BigMul(low ^ word, HighMultiplier, out ulong lower);
        low = upper ^ lower;
        high = ulong.RotateLeft(high ^ word, 29) * LowMultiplier;
    }
}
