using System.Runtime.CompilerServices;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>The classes of all code points as a table, and their reading from UTF-8.</summary>
/// <remarks>
/// A page of 256 code points is filled when it is first asked for: a text uses few of the 4,352, and filling them all
/// would take longer than tokenizing a megabyte. Two threads may fill the same page; they fill it alike.
/// </remarks>
internal static class CodePointClasses
{
    private static readonly CharClass[]?[] Pages = new CharClass[]?[0x110000 >> 8];

    /// <summary>The class of a code point; a surrogate is a symbol.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharClass Of(int codePoint) => (Pages[codePoint >> 8] ?? Fill(codePoint >> 8))[codePoint & 0xFF];

    /// <summary>The class of the code point at a place in UTF-8 text, and how many bytes it takes. Malformed bytes are symbols.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharClass Read(ReadOnlySpan<byte> text, int position, out int length)
    {
        uint first = text[position];
        if (first is >= 0xC2 and <= 0xDF && position + 1 < text.Length)
        {
            uint second = text[position + 1] ^ 0x80u;
            if (second < 0x40)
            {
                length = 2;
                return Of((int)(((first & 0x1F) << 6) | second));
            }
        }
        else if (first is >= 0xE0 and <= 0xEF && position + 2 < text.Length)
        {
            uint second = text[position + 1] ^ 0x80u;
            uint third = text[position + 2] ^ 0x80u;
            uint value = ((first & 0x0F) << 12) | (second << 6) | third;
            if ((second | third) < 0x40 && value >= 0x800 && value is < 0xD800 or > 0xDFFF)
            {
                length = 3;
                return Of((int)value);
            }
        }
        return ReadAny(text[position..], out length);
    }

    // ASCII, four bytes, and malformed: on malformed bytes the rune is U+FFFD, which is a symbol, as wanted.
    private static CharClass ReadAny(ReadOnlySpan<byte> text, out int length)
    {
        Rune.DecodeFromUtf8(text, out Rune rune, out length);
        return Of(rune.Value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static CharClass[] Fill(int page)
    {
        CharClass[] classes = new CharClass[256];
        for (int i = 0; i < classes.Length; i++)
        {
            if (Rune.TryCreate((page << 8) | i, out Rune rune)) classes[i] = CharClasses.Of(rune);
        }
        return Pages[page] = classes;
    }
}
