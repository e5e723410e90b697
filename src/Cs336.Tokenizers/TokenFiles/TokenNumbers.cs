using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Cs336.Tokenizers;

/// <summary>How a file's whole numbers are written.</summary>
/// <param name="Bytes">1, 2, 4 or 8.</param>
/// <param name="IsSigned">Whether they can be negative; ids cannot.</param>
/// <param name="IsBigEndian">Whether the highest byte comes first.</param>
internal readonly record struct TokenNumbers(int Bytes, bool IsSigned = false, bool IsBigEndian = false)
{
    /// <summary>Such as <c>uint16</c>, or <c>int64, big-endian</c>.</summary>
    public string Name => $"{(IsSigned ? "" : "u")}int{8 * Bytes}{(IsBigEndian ? ", big-endian" : "")}";

    /// <summary>Reads NumPy's name of a type, such as <c>&lt;u2</c> or <c>|u1</c>; false where it is not one of whole numbers.</summary>
    public static bool TryParse(string type, out TokenNumbers numbers)
    {
        numbers = default;
        if (type is not [char order, char kind, char size]) return false;
        if (order is not ('<' or '>' or '|') || kind is not ('i' or 'u') || size is not ('1' or '2' or '4' or '8')) return false;
        if (order == '|' && size != '1') return false; // more bytes than one have an order
        numbers = new TokenNumbers(size - '0', kind == 'i', order == '>' && size != '1');
        return true;
    }

    /// <summary>Turns numbers as they stand in a file into ids.</summary>
    /// <param name="numbers">The file's bytes, which are put into the machine's order.</param>
    /// <param name="ids">As many ids.</param>
    /// <returns>The place of the first number that is negative or too large for an id; -1 where there is none.</returns>
    public int Convert(Span<byte> numbers, Span<int> ids)
    {
        Reverse(numbers);
        return (Bytes, IsSigned) switch
        {
            (1, false) => Convert<byte>(numbers, ids),
            (1, true) => Convert<sbyte>(numbers, ids),
            (2, false) => Convert<ushort>(numbers, ids),
            (2, true) => Convert<short>(numbers, ids),
            (4, false) => Convert<uint>(numbers, ids),
            (4, true) => Convert<int>(numbers, ids),
            (8, false) => Convert<ulong>(numbers, ids),
            _ => Convert<long>(numbers, ids),
        };
    }

    /// <summary>One of the numbers that <see cref="Convert(Span{byte}, Span{int})"/> was given.</summary>
    public Int128 ValueAt(ReadOnlySpan<byte> numbers, int place)
    {
        ReadOnlySpan<byte> number = numbers.Slice(place * Bytes, Bytes);
        UInt128 value = 0;
        for (int i = Bytes - 1; i >= 0; i--) value = (value << 8) | number[i];
        return IsSigned && number[^1] > sbyte.MaxValue ? (Int128)value - (Int128.One << (8 * Bytes)) : (Int128)value;
    }

    private void Reverse(Span<byte> numbers)
    {
        if (!IsBigEndian) return;
        Span<ushort> two = MemoryMarshal.Cast<byte, ushort>(numbers);
        Span<uint> four = MemoryMarshal.Cast<byte, uint>(numbers);
        Span<ulong> eight = MemoryMarshal.Cast<byte, ulong>(numbers);
        if (Bytes == sizeof(ushort)) BinaryPrimitives.ReverseEndianness(two, two);
        else if (Bytes == sizeof(uint)) BinaryPrimitives.ReverseEndianness(four, four);
        else BinaryPrimitives.ReverseEndianness(eight, eight);
    }

    private static int Convert<TNumber>(ReadOnlySpan<byte> bytes, Span<int> ids)
        where TNumber : unmanaged, IBinaryInteger<TNumber>
    {
        ReadOnlySpan<TNumber> numbers = MemoryMarshal.Cast<byte, TNumber>(bytes);
        TNumber max = TNumber.CreateSaturating(int.MaxValue);
        for (int i = 0; i < numbers.Length; i++)
        {
            if (TNumber.IsNegative(numbers[i]) || numbers[i] > max) return i;
            ids[i] = int.CreateTruncating(numbers[i]);
        }
        return -1;
    }
}
