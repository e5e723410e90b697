using System.Globalization;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>The classes of code points that pre-token patterns tell apart.</summary>
internal enum CharClass : byte
{
    /// <summary>None of the others, a malformed byte included.</summary>
    Symbol,

    /// <summary><c>\p{L}</c></summary>
    Letter,

    /// <summary><c>\p{N}</c></summary>
    Number,

    /// <summary><c>\s</c>: Unicode's White_Space property.</summary>
    Space,
}

/// <summary>Reads the class of a code point from UTF-8.</summary>
internal static class CharClasses
{
    private static readonly CharClass[] Ascii = [.. Enumerable.Range(0, 128).Select(value => Of(new Rune(value)))];

    /// <summary>The class of an ASCII byte.</summary>
    public static CharClass OfAscii(byte value) => Ascii[value];

    /// <summary>The class of the code point at the start of a text that is not empty, and how many bytes it takes.</summary>
    public static CharClass Read(ReadOnlySpan<byte> utf8Text, out int length)
    {
        byte first = utf8Text[0];
        if (first < 128)
        {
            length = 1;
            return Ascii[first];
        }
        return CodePointClasses.Read(utf8Text, 0, out length);
    }

    /// <summary>The class of a code point by .NET's Unicode tables; <see cref="CodePointClasses"/> keeps what it gives.</summary>
    public static CharClass Of(Rune rune)
    {
        if (Rune.IsWhiteSpace(rune)) return CharClass.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharClass.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharClass.Number,
            _ => CharClass.Symbol,
        };
    }
}
