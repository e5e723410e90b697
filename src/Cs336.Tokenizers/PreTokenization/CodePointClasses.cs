using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>The classes of the code points of the basic plane as a table, and the reading of classes from UTF-8.</summary>
/// <remarks>
/// 256 code points are filled in when the first of them is asked for: a text uses few of them, and filling in all would
/// take longer than to tokenize a megabyte. Two threads may fill in the same ones; they fill them in alike. Beside the table
/// there are bits for the classifiers that look many code points up at once.
/// </remarks>
internal static class CodePointClasses
{
    /// <summary>The bit of <see cref="EntryOf"/> that a letter has.</summary>
    public const uint IsLetter = 1 << IsLetterShift;

    /// <summary>The place of that bit.</summary>
    public const int IsLetterShift = 0;

    /// <summary>
    /// The place of the bit of <see cref="EntryOf"/> that a letter or symbol has once it was filled in; ASCII and surrogates
    /// never have it.
    /// </summary>
    public const int IsKnownShift = 1;

    /// <summary>The places of the bits of <see cref="EntryOf"/> that an upper or titlecase letter, a lower one, or a mark has.</summary>
    public const int IsUpperShift = 5, IsLowerShift = 6, IsMarkShift = 7;

    private const int ClassShift = 2, ClassMask = 7;
    private const int BasicPlaneSize = 0x10000;
    private const int PageSize = 256;

    private const int RowSize = 64;
    private const int FirstOfThree = 0x800;

    private static readonly Lock Filling = new();
    private static readonly (ulong Known, ulong Letters)[] Rows = new (ulong, ulong)[BasicPlaneSize / RowSize];
    private static readonly byte[] Letters = new byte[Rows.Length / 8], Known = new byte[Rows.Length / 8];
    private static readonly byte[] TwoLetters = MakeBits(IsLetter), TwoKnown = MakeBits(1 << IsKnownShift);

    // Bits 2 to 4 are the class plus one, so an entry of 0 has not been filled in. The others are those named above.
    private static readonly byte[] BasicPlane = new byte[BasicPlaneSize];

    /// <summary>A bit for each code point below U+0800: whether it is a letter.</summary>
    public static ReadOnlySpan<byte> LettersOfTwo => TwoLetters;

    /// <summary>A bit for each code point below U+0800: whether it is a letter or symbol, and not ASCII.</summary>
    public static ReadOnlySpan<byte> KnownOfTwo => TwoKnown;

    /// <summary>
    /// Of each of 64 code points that take three bytes and have the first two in common, whether it is filled in and a letter
    /// or symbol, and whether it is a letter.
    /// </summary>
    public static (ulong Known, ulong Letters) RowOf(int firstTwo) => Rows[firstTwo];

    /// <summary>A bit for each 64 code points: whether all are letters.</summary>
    public static ReadOnlySpan<byte> LetterRows => Letters;

    /// <summary>A bit for each 64 code points that take three bytes: whether they are filled in, and all letters or all symbols.</summary>
    public static ReadOnlySpan<byte> KnownRows => Known;

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
        return entry != 0 ? ClassIn(entry) : ClassIn(Fill(codePoint));
    }

    /// <summary>What is known of a code point, which must be below U+10000: nothing checks it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint EntryOf(uint codePoint) => Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(BasicPlane), codePoint);

    /// <summary>Those bits of <see cref="EntryOf"/> that tell case and marks, of any code point.</summary>
    public static byte CaseOf(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => 1 << IsUpperShift,
        UnicodeCategory.LowercaseLetter => 1 << IsLowerShift,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => 1 << IsMarkShift,
        _ => 0,
    };

    // ASCII, four bytes, the last three bytes of the text, and malformed: there the rune is U+FFFD, a symbol, as wanted.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static CharClass ReadAny(ReadOnlySpan<byte> text, out int length)
    {
        Rune.DecodeFromUtf8(text, out Rune rune, out length);
        return Of(rune.Value);
    }

    private static CharClass ClassIn(int entry) => (CharClass)((entry >> ClassShift & ClassMask) - 1);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte Fill(uint codePoint)
    {
        int start = (int)codePoint & ~(PageSize - 1);
        lock (Filling)
        {
            for (int value = start; value < start + PageSize; value++) BasicPlane[value] = MakeEntry(value);
            for (int row = Math.Max(start, FirstOfThree); row < start + PageSize; row += RowSize) SetRow(row);
        }
        return BasicPlane[codePoint];
    }

    private static void SetRow(int start)
    {
        ulong known = 0, letters = 0;
        for (int i = 0; i < RowSize; i++)
        {
            ulong entry = BasicPlane[start + i];
            known |= (entry >> IsKnownShift & 1) << i;
            letters |= (entry & IsLetter) << i;
        }
        int row = start / RowSize;
        // Whoever sees what is known must see the letters, so these are written first.
        Volatile.Write(ref Rows[row].Letters, letters);
        Volatile.Write(ref Rows[row].Known, known);
        if (known != ulong.MaxValue || (letters != 0 && letters != ulong.MaxValue)) return;
        byte bit = (byte)(1 << (row % 8));
        if (letters != 0) Volatile.Write(ref Letters[row / 8], (byte)(Letters[row / 8] | bit));
        Volatile.Write(ref Known[row / 8], (byte)(Known[row / 8] | bit));
    }

    private static byte[] MakeBits(uint bit)
    {
        byte[] bits = new byte[FirstOfThree / 8];
        for (int value = 0; value < FirstOfThree; value++)
        {
            if ((MakeEntry(value) & bit) != 0) bits[value / 8] |= (byte)(1 << (value % 8));
        }
        return bits;
    }

    private static byte MakeEntry(int codePoint)
    {
        bool isRune = Rune.TryCreate(codePoint, out Rune rune);
        CharClass charClass = isRune ? CharClasses.Of(rune) : CharClass.Symbol;
        bool isLetter = charClass == CharClass.Letter;
        bool isKnown = isRune && !rune.IsAscii && (isLetter || charClass == CharClass.Symbol);
        return (byte)(
            CaseOf(codePoint) | (((int)charClass + 1) << ClassShift) | (isKnown ? 1 << IsKnownShift : 0) | (isLetter ? (int)IsLetter : 0));
    }
}
