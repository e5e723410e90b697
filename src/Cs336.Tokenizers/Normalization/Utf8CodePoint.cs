using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Code points in UTF-8, as <see cref="Rune"/> reads them; the usual lengths are read here, which is faster.</summary>
internal static class Utf8CodePoint
{
    /// <summary>
    /// Reads the code point that a text begins with; negative where its first bytes, as many as the length says, are not well-formed.
    /// </summary>
    public static int Decode(ReadOnlySpan<byte> text, out int length)
    {
        int first = text[0];
        if (first < 0x80)
        {
            length = 1;
            return first;
        }
        if (text.Length > 2)
        {
            int second = text[1] ^ 0x80, third = text[2] ^ 0x80;
            if (first is >= 0xC2 and < 0xE0 && second < 0x40)
            {
                length = 2;
                return ((first & 0x1F) << 6) | second;
            }
            int codePoint = ((first & 0x0F) << 12) | (second << 6) | third;
            if (first is >= 0xE0 and < 0xF0 && (second | third) < 0x40 && codePoint is >= 0x800 and (< 0xD800 or > 0xDFFF))
            {
                length = 3;
                return codePoint;
            }
        }
        return Rune.DecodeFromUtf8(text, out Rune rune, out length) == OperationStatus.Done ? rune.Value : -1;
    }

    /// <summary>The first byte of a code point from U+0080.</summary>
    public static int FirstByte(int codePoint) => codePoint switch
    {
        < 0x800 => 0xC0 | (codePoint >> 6),
        < 0x10000 => 0xE0 | (codePoint >> 12),
        _ => 0xF0 | (codePoint >> 18),
    };

    /// <summary>Writes a code point and tells how many bytes it takes; there must be place for four.</summary>
    public static int Encode(int codePoint, Span<byte> destination)
    {
        if (codePoint < 0x80)
        {
            destination[0] = (byte)codePoint;
            return 1;
        }
        int length = codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
        destination[0] = (byte)FirstByte(codePoint);
        for (int i = length - 1; i > 0; i--)
        {
            destination[i] = (byte)(0x80 | (codePoint & 0x3F));
            codePoint >>= 6;
        }
        return length;
    }
}
