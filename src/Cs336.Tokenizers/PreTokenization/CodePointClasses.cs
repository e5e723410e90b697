using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>The classes of the code points of the basic plane as a table, and the reading of classes from UTF-8.</summary>
/// <remarks>
/// 256 code points are filled in when the first of them is asked for: a text uses few of them, and filling in all would
/// take longer than to tokenize a megabyte. Two threads may fill in the same ones; they fill them in alike.
/// </remarks>
internal static class CodePointClasses
{
    private const int BasicPlaneSize = 0x10000;
    private const int PageSize = 256;

    // One more than the class, so that 0 is what has not been filled in.
    private static readonly byte[] BasicPlane = new byte[BasicPlaneSize];

    /// <summary>The class of a code point; a surrogate is a symbol.</summary>
    public static CharClass Of(int codePoint) =>
        codePoint < BasicPlaneSize ? OfBasic((uint)codePoint) : CharClasses.Of(new Rune(codePoint));

    /// <summary>The class of the code point at a place in UTF-8 text, and how many bytes it takes. Malformed bytes are symbols.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharClass Read(ReadOnlySpan<byte> text, int position, out int length)
    {
        if (text.Length - position >= sizeof(uint))
        {
            uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(text.Slice(position, sizeof(uint)));
            if ((bytes & 0xC0E0) == 0x80C0)
            {
                uint value = ((bytes & 0x1F) << 6) | ((bytes >> 8) & 0x3F);
                if (value >= 0x80)
                {
                    length = 2;
                    return OfBasic(value);
                }
            }
            else if ((bytes & 0xC0C0F0) == 0x8080E0)
            {
                uint value = ((bytes & 0x0F) << 12) | ((bytes >> 2) & 0xFC0) | ((bytes >> 16) & 0x3F);
                if (value >= 0x800 && (value & 0xF800) != 0xD800)
                {
                    length = 3;
                    return OfBasic(value);
                }
            }
        }
        return ReadAny(text[position..], out length);
    }

    /// <summary>The class of a code point below U+10000.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharClass OfBasic(uint codePoint)
    {
        int classAndOne = BasicPlane[codePoint];
        return classAndOne != 0 ? (CharClass)(classAndOne - 1) : Fill((int)codePoint);
    }

    // ASCII, four bytes, the last three bytes of the text, and malformed: there the rune is U+FFFD, a symbol, as wanted.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static CharClass ReadAny(ReadOnlySpan<byte> text, out int length)
    {
        Rune.DecodeFromUtf8(text, out Rune rune, out length);
        return Of(rune.Value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static CharClass Fill(int codePoint)
    {
        int start = codePoint & ~(PageSize - 1);
        for (int value = start; value < start + PageSize; value++)
            BasicPlane[value] = (byte)(1 + (byte)(Rune.TryCreate(value, out Rune rune) ? CharClasses.Of(rune) : CharClass.Symbol));
        return (CharClass)(BasicPlane[codePoint] - 1);
    }
}
