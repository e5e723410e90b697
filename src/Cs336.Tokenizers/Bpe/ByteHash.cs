using System.Buffers.Binary;

namespace Cs336.Tokenizers;

/// <summary>A fast hash of a few bytes: multiply and fold, eight bytes a step.</summary>
internal static class ByteHash
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        ulong hash = (ulong)bytes.Length * Multiplier;
        while (bytes.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }
        if (bytes.Length >= 4)
        {
            ulong low = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            ulong high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]);
            return (uint)Mix(hash ^ (low | (high << 32)));
        }
        ulong tail = 0;
        foreach (byte value in bytes) tail = (tail << 8) | value;
        return (uint)Mix(hash ^ tail);
    }

    private static ulong Mix(ulong value)
    {
        ulong high = Math.BigMul(value, Multiplier, out ulong low);
        return high ^ low;
    }
}
