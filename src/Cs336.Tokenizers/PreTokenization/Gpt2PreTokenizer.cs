using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// The pre-token pattern of GPT-2 (Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"):
/// contractions, words, numbers and symbols, each with one space before it, and runs of space.
/// </summary>
/// <remarks>A hand-written scanner over code points: .NET's regular expressions see an astral letter as two surrogates and miss it.</remarks>
public sealed class Gpt2PreTokenizer : IPreTokenizer
{
    private Gpt2PreTokenizer()
    {
    }

    /// <summary>The only instance: it holds no state.</summary>
    public static Gpt2PreTokenizer Instance { get; } = new();

    /// <inheritdoc/>
    public string Pattern => @"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <inheritdoc/>
    public int Split(ReadOnlySpan<byte> utf8Text, Span<int> ends)
    {
        if (ends.IsEmpty) throw new ArgumentException("ends is empty, but needs room for at least one offset.", nameof(ends));
        int count = 0;
        for (int position = 0; position < utf8Text.Length && count < ends.Length;)
        {
            position = FindEnd(utf8Text, position);
            ends[count++] = position;
        }
        return count;
    }

    /// <inheritdoc/>
    public int FindSafeCut(ReadOnlySpan<byte> utf8Text)
    {
        // No alternative of the pattern goes on from a letter, number or symbol into another class, except that an
        // apostrophe may go on into the letters of a contraction. So every other change of class is a cut.
        CharClass next = CharClass.Symbol;
        bool nextKnown = false;
        int position = utf8Text.Length;
        while (position > 0)
        {
            OperationStatus status = Rune.DecodeLastFromUtf8(utf8Text[..position], out Rune rune, out int length);
            bool known = status == OperationStatus.Done;
            CharClass current = CharClasses.Of(rune);
            if (known && nextKnown && current != CharClass.Space && current != next
                && !(rune.Value == '\'' && next == CharClass.Letter)) return position;
            next = current;
            nextKnown = known;
            position -= length;
        }
        return 0;
    }

    private static int FindEnd(ReadOnlySpan<byte> text, int start)
    {
        byte first = text[start];
        if (first == '\'')
        {
            int contraction = ContractionLength(text[start..]);
            if (contraction > 0) return start + contraction;
        }
        CharClass charClass = CharClasses.Read(text[start..], out int length);
        int next = start + length;
        if (charClass != CharClass.Space) return SkipClass(text, next, charClass);
        if (next == text.Length) return next;
        CharClass afterSpace = CharClasses.Read(text[next..], out int nextLength);
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
                if (CharClasses.Read(text[position..], out int length) != charClass) break;
                position += length;
            }
        }
        return position;
    }

    /// <summary>The end of a run of two or more spaces: what follows the run keeps the last of them.</summary>
    private static int SkipSpaces(ReadOnlySpan<byte> text, int position)
    {
        int last = position;
        while (position < text.Length && CharClasses.Read(text[position..], out int length) == CharClass.Space)
        {
            last = position;
            position += length;
        }
        return position == text.Length ? position : last;
    }
}
