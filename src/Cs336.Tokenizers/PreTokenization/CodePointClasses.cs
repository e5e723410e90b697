using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>The classes of the code points of the basic plane as a table, and the reading of classes from UTF-8.</summary>
/// <remarks>
/// 256 code points are filled in when the first of them is asked for: a text uses few of them, and filling in all would
/// take longer than to tokenize a megabyte. Two threads may fill in the same ones; they fill them in alike.
/// </remarks>
internal static class CodePointClasses
{
    /// <summary>The bit of <see cref="EntryOf"/> that a letter has.</summary>
    public const uint IsLetter = 1;

    /// <summary>The place of the bit of <see cref="EntryOf"/> that a letter or symbol has once it was filled in; ASCII and surrogates never have it.</summary>
    public const int IsKnownShift = 1;

    private const int ClassShift = 2;
    private const int BasicPlaneSize = 0x10000;
    private const int PageSize = 256;

    // Above the two bits one more than the class, so that 0 is what has not been filled in.
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
        int entry = BasicPlane[codePoint];
        return entry != 0 ? (CharClass)((entry >> ClassShift) - 1) : Fill((int)codePoint);
    }

    /// <summary>What is known of a code point, which must be below U+10000: nothing checks it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint EntryOf(uint codePoint) => Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(BasicPlane), codePoint);

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
        for (int value = start; value < start + PageSize; value++) BasicPlane[value] = MakeEntry(value);
        return (CharClass)((BasicPlane[codePoint] >> ClassShift) - 1);
    }

    private static byte MakeEntry(int codePoint)
    {
        bool isRune = Rune.TryCreate(codePoint, out Rune rune);
        CharClass charClass = isRune ? CharClasses.Of(rune) : CharClass.Symbol;
        bool isLetter = charClass == CharClass.Letter;
        bool isKnown = isRune && !rune.IsAscii && (isLetter || charClass == CharClass.Symbol);
        return (byte)((((int)charClass + 1) << ClassShift) | (isKnown ? 1 << IsKnownShift : 0) | (isLetter ? (int)IsLetter : 0));
    }
}
