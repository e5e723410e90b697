using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cs336.Tokenizers;

/// <summary>
/// SentencePiece's map of characters (<c>precompiled_charsmap</c>): a double-array trie of texts, each with the text that takes its place.
/// </summary>
/// <remarks>
/// The bytes are those of the file: a length, the trie's units of 32 bits, and texts that end with a zero. A unit holds the byte that leads
/// to it, where its followers are, and whether a text ends there. Numbers that lead out of the array end a search, so a damaged map maps
/// less.
/// </remarks>
internal sealed class CharacterMap
{
    /// <summary>Texts that are mapped are a few characters; the limit keeps a trie in a circle from making time quadratic.</summary>
    private const int MaxKeyLength = 256;

    private const int MaxValueLength = 1024;

    private readonly uint[] _units;
    private readonly byte[] _texts;
    private readonly bool[] _followers = new bool[256];

    private CharacterMap(uint[] units, byte[] texts)
    {
        (_units, _texts) = (units, texts);
        uint root = OffsetOf(units[0]);
        for (int i = 0; i < units.Length; i++)
        {
            uint label = LabelOf(units[i]);
            if (label < 256 && (uint)i != (root ^ label)) _followers[label] = true;
        }
    }

    /// <exception cref="InvalidDataException">The bytes are no such map.</exception>
    public static CharacterMap Read(ReadOnlySpan<byte> bytes, string path)
    {
        uint size = bytes.Length < 8 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (size < 4 || size % 4 != 0 || size > bytes.Length - 4)
            throw new InvalidDataException(
                $"{path} has a map of characters (precompiled_charsmap) of {bytes.Length:N0} bytes, which is damaged.");
        ReadOnlySpan<byte> trie = bytes.Slice(4, (int)size), texts = bytes[(4 + (int)size)..];
        uint[] units = MemoryMarshal.Cast<byte, uint>(trie).ToArray();
        if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(units, units);
        for (ReadOnlySpan<byte> rest = texts; !rest.IsEmpty;)
        {
            int length = rest.IndexOf((byte)0);
            if (length is > MaxValueLength || (length < 0 && rest.Length > MaxValueLength))
                throw new InvalidDataException(
                    $"{path} maps characters to a text of more than {MaxValueLength:N0} bytes: its map (precompiled_charsmap) is damaged.");
            rest = length < 0 ? [] : rest[(length + 1)..];
        }
        return new CharacterMap(units, texts.ToArray());
    }

    /// <summary>Whether a byte may stand in a text that is mapped, other than at its start.</summary>
    public bool MayFollow(byte value) => _followers[value];

    /// <summary>Finds the longest text that is mapped at the start of a text.</summary>
    public bool TryMatch(ReadOnlySpan<byte> text, out int length, out ReadOnlySpan<byte> value)
    {
        length = 0;
        value = default;
        uint[] units = _units;
        uint place = OffsetOf(units[0]);
        for (int i = 0; i < Math.Min(text.Length, MaxKeyLength); i++)
        {
            place ^= text[i];
            if (place >= units.Length || LabelOf(units[place]) != text[i]) break;
            uint unit = units[place];
            place ^= OffsetOf(unit);
            if ((unit >> 8 & 1) == 0) continue;
            if (place >= units.Length || (units[place] & int.MaxValue) >= _texts.Length) break;
            length = i + 1;
            value = _texts.AsSpan((int)(units[place] & int.MaxValue));
        }
        if (length > 0 && value.IndexOf((byte)0) is int end and >= 0) value = value[..end];
        return length > 0;
    }

    private static uint LabelOf(uint unit) => unit & 0x8000_00FF;

    private static uint OffsetOf(uint unit) => unit >> 10 << (int)((unit & 0x200) >> 6);
}
