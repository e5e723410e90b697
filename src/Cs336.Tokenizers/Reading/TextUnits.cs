using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace Cs336.Tokenizers;

/// <summary>What a text in UTF-16 or UTF-32 consists of, and how it becomes UTF-8.</summary>
/// <param name="Bytes">2 for UTF-16, 4 for UTF-32.</param>
/// <param name="IsBigEndian">Whether the highest byte of a unit comes first.</param>
internal readonly record struct TextUnits(int Bytes, bool IsBigEndian)
{
    /// <summary>A unit of UTF-16 takes up to three bytes of UTF-8, two of them at most four, and one of UTF-32 up to four.</summary>
    public const int MaxUtf8BytesPerUnit = 4;

    /// <summary>Such as <c>UTF-16, little-endian</c>.</summary>
    public string Name => $"{ShortName}, {(IsBigEndian ? "big" : "little")}-endian";

    private string ShortName => $"UTF-{8 * Bytes}";

    /// <summary>Decodes as much as there is of whole characters.</summary>
    /// <param name="text">The text that comes next, whose bytes are put into the machine's order as far as it is decoded.</param>
    /// <param name="isLast">Whether the text ends with it.</param>
    /// <param name="utf8">Room for <see cref="MaxUtf8BytesPerUnit"/> bytes for each unit.</param>
    /// <param name="offset">The bytes of the text before, for errors.</param>
    /// <param name="name">What errors call the text.</param>
    /// <returns>How many bytes of text were decoded to how many of UTF-8.</returns>
    /// <exception cref="InvalidDataException">A unit is no character, or the text ends within one.</exception>
    public (int Read, int Written) Decode(Span<byte> text, bool isLast, Span<byte> utf8, long offset, string name)
    {
        (int read, int written) = Bytes == sizeof(char)
            ? DecodeUtf16(text[..(text.Length & ~1)], isLast, utf8, offset, name)
            : DecodeUtf32(text[..(text.Length & ~3)], utf8, offset, name);
        if (isLast && read < text.Length)
            throw new InvalidDataException(
                $"{name} ends within a character: from byte {offset + read} on there are {text.Length - read} of the {Bytes} bytes " +
                $"that one has in {ShortName}. Is it cut short?");
        return (read, written);
    }

    private (int Read, int Written) DecodeUtf16(Span<byte> text, bool isLast, Span<byte> utf8, long offset, string name)
    {
        Span<ushort> units = MemoryMarshal.Cast<byte, ushort>(text);
        if (IsBigEndian) BinaryPrimitives.ReverseEndianness(units, units);
        ReadOnlySpan<char> chars = MemoryMarshal.Cast<ushort, char>(units);
        OperationStatus status = Utf8.FromUtf16(chars, utf8, out int read, out int written, replaceInvalidSequences: false, isLast);
        if (status == OperationStatus.InvalidData)
            throw new InvalidDataException(
                $"{name} is not valid UTF-16: byte {offset + (read * sizeof(char))} begins 0x{(int)chars[read]:x4}, " +
                "half of a surrogate pair. Repair the text first.");
        // The half character that is left comes again, in the order of the text.
        if (IsBigEndian) BinaryPrimitives.ReverseEndianness(units[read..], units[read..]);
        return (read * sizeof(char), written);
    }

    private (int Read, int Written) DecodeUtf32(ReadOnlySpan<byte> text, Span<byte> utf8, long offset, string name)
    {
        int written = 0;
        for (int i = 0; i < text.Length; i += sizeof(uint))
        {
            uint value = IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(text[i..]) : BinaryPrimitives.ReadUInt32LittleEndian(text[i..]);
            if (!Rune.TryCreate(value, out Rune character))
                throw new InvalidDataException(
                    $"{name} is not valid UTF-32: byte {offset + i} begins 0x{value:x8}, which is no character. Repair the text first.");
            written += character.EncodeToUtf8(utf8[written..]);
        }
        return (text.Length, written);
    }
}
