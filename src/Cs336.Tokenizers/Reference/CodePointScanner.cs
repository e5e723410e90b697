using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// GPT-2's pre-token pattern scanned one code point after the other. <see cref="Gpt2Scanner"/>, which scans 64 bytes at a time, gives the
/// same pre-tokens, and tests hold it to that.
/// </summary>
internal static class CodePointScanner
{
    /// <summary>The offset after each pre-token of a text.</summary>
    public static List<int> Ends(ReadOnlySpan<byte> text)
    {
        List<int> ends = [];
        for (int position = 0; position < text.Length;) ends.Add(position = FindEnd(text, position));
        return ends;
    }

    private static int FindEnd(ReadOnlySpan<byte> text, int start)
    {
        byte first = text[start];
        if (first == '\'')
        {
            int contraction = ContractionLength(text[start..]);
            if (contraction > 0) return start + contraction;
        }
        CharClass charClass = Read(text[start..], out int length);
        int next = start + length;
        if (charClass != CharClass.Space) return SkipClass(text, next, charClass);
        if (next == text.Length) return next;
        CharClass afterSpace = Read(text[next..], out int nextLength);
        if (afterSpace != CharClass.Space) return first == ' ' ? SkipClass(text, next + nextLength, afterSpace) : next;
        return SkipSpaces(text, next);
    }

    /// <summary>The bytes of <c>'(?:[sdmt]|ll|ve|re)</c> at the start of a text that starts with an apostrophe, or 0.</summary>
    private static int ContractionLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2) return 0;
        if (text[1] is (byte)'s' or (byte)'d' or (byte)'m' or (byte)'t') return 2;
        if (text.Length < 3) return 0;
        return (text[1], text[2]) is ((byte)'l', (byte)'l') or ((byte)'v', (byte)'e') or ((byte)'r', (byte)'e') ? 3 : 0;
    }

    private static int SkipClass(ReadOnlySpan<byte> text, int position, CharClass charClass)
    {
        while (position < text.Length)
        {
            byte value = text[position];
            if (value < 128)
            {
                if (CharClasses.OfAscii(value) != charClass) break;
                position++;
            }
            else
            {
                if (Read(text[position..], out int length) != charClass) break;
                position += length;
            }
        }
        return position;
    }

    /// <summary>The end of a run of two or more spaces: what follows the run keeps the last of them.</summary>
    private static int SkipSpaces(ReadOnlySpan<byte> text, int position)
    {
        int last = position;
        while (position < text.Length && Read(text[position..], out int length) == CharClass.Space)
        {
            last = position;
            position += length;
        }
        return position == text.Length ? position : last;
    }

    private static CharClass Read(ReadOnlySpan<byte> text, out int length)
    {
        // On malformed bytes the rune is U+FFFD, which is a symbol, as wanted.
        Rune.DecodeFromUtf8(text, out Rune rune, out length);
        return CharClasses.Of(rune);
    }
}
