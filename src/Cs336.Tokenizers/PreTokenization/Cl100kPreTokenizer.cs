using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// The pre-token pattern of tiktoken's <c>cl100k_base</c> (GPT-3.5 and GPT-4): contractions in any case, words with one
/// symbol or space before them, numbers of at most three digits, symbols with the newlines after them, and runs of space
/// that end at newlines.
/// </summary>
/// <remarks>
/// A hand-written scanner over code points. The pattern is tiktoken's up to version 0.7; since then tiktoken keeps a run of
/// space with newlines at the very end of a text whole, where this one cuts it after the last newline. Matching without
/// regard to case makes U+017F (ſ) an s, as in tiktoken.
/// </remarks>
public sealed class Cl100kPreTokenizer : IPreTokenizer
{
    private const int MaxNumberLength = 3;

    private Cl100kPreTokenizer()
    {
    }

    /// <summary>The only instance: it holds no state.</summary>
    public static Cl100kPreTokenizer Instance { get; } = new();

    /// <inheritdoc/>
    public string Pattern =>
        @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+";

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
        CharClass next = CharClass.Symbol;
        bool nextIsNewline = false;
        bool nextKnown = false;
        int position = utf8Text.Length;
        while (position > 0)
        {
            OperationStatus status = Rune.DecodeLastFromUtf8(utf8Text[..position], out Rune rune, out int length);
            bool known = status == OperationStatus.Done;
            CharClass current = CharClasses.Of(rune);
            bool isNewline = rune.Value is '\r' or '\n';
            if (known && nextKnown && IsCut(current, isNewline, next, nextIsNewline)) return position;
            next = current;
            nextIsNewline = isNewline;
            nextKnown = known;
            position -= length;
        }
        return 0;
    }

    /// <summary>Whether a pre-token ends between two code points wherever they stand next to each other.</summary>
    private static bool IsCut(CharClass current, bool isNewline, CharClass next, bool nextIsNewline) => current switch
    {
        // Letters, and numbers likewise, are followed by nothing but themselves.
        CharClass.Letter or CharClass.Number => next != current,
        // A symbol may join the letters, the symbols or the newlines after it.
        CharClass.Symbol => next == CharClass.Number || (next == CharClass.Space && !nextIsNewline),
        // Other space joins what follows; a newline only further space, where a later newline may end the run.
        _ => isNewline && next != CharClass.Space,
    };

    private static int FindEnd(ReadOnlySpan<byte> text, int start)
    {
        CharClass charClass = CharClasses.Read(text[start..], out int length);
        int next = start + length;
        switch (charClass)
        {
            case CharClass.Letter:
                return SkipLetters(text, next);
            case CharClass.Number:
                return SkipNumber(text, next);
            case CharClass.Symbol:
                if (text[start] == '\'' && ContractionLength(text[next..]) is int contraction and > 0) return next + contraction;
                return StartsWith(text, next, CharClass.Letter) ? SkipLetters(text, next) : SkipSymbols(text, next);
            default:
                bool isNewline = text[start] is (byte)'\r' or (byte)'\n';
                if (!isNewline && StartsWith(text, next, CharClass.Letter)) return SkipLetters(text, next);
                if (text[start] == ' ' && StartsWith(text, next, CharClass.Symbol)) return SkipSymbols(text, next);
                return SkipSpaces(text, start);
        }
    }

    /// <summary>The bytes of <c>(?i:[sdmt]|ll|ve|re)</c> at the start of a text, or 0.</summary>
    private static int ContractionLength(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("ſ"u8)) return 2;
        if (text.IsEmpty) return 0;
        int first = ToLower(text[0]);
        if (first is 's' or 'd' or 'm' or 't') return 1;
        if (text.Length < 2) return 0;
        return (first, ToLower(text[1])) is ('l', 'l') or ('v', 'e') or ('r', 'e') ? 2 : 0;
    }

    private static int ToLower(byte value) => value is >= (byte)'A' and <= (byte)'Z' ? value | 0x20 : value;

    private static bool StartsWith(ReadOnlySpan<byte> text, int position, CharClass charClass) =>
        position < text.Length && CharClasses.Read(text[position..], out _) == charClass;

    private static int SkipLetters(ReadOnlySpan<byte> text, int position) => SkipClass(text, position, CharClass.Letter, int.MaxValue);

    private static int SkipNumber(ReadOnlySpan<byte> text, int position) =>
        SkipClass(text, position, CharClass.Number, MaxNumberLength - 1);

    private static int SkipSymbols(ReadOnlySpan<byte> text, int position)
    {
        position = SkipClass(text, position, CharClass.Symbol, int.MaxValue);
        while (position < text.Length && text[position] is (byte)'\r' or (byte)'\n') position++;
        return position;
    }

    private static int SkipClass(ReadOnlySpan<byte> text, int position, CharClass charClass, int maxCount)
    {
        for (int skipped = 0; skipped < maxCount && position < text.Length; skipped++)
        {
            if (CharClasses.Read(text[position..], out int length) != charClass) break;
            position += length;
        }
        return position;
    }

    /// <summary>The end of a run of space: after its last newline; where it has none, what follows the run keeps the last of it.</summary>
    private static int SkipSpaces(ReadOnlySpan<byte> text, int start)
    {
        int position = start;
        int last = start;
        int afterNewline = 0;
        while (position < text.Length && CharClasses.Read(text[position..], out int length) == CharClass.Space)
        {
            last = position;
            position += length;
            if (text[last] is (byte)'\r' or (byte)'\n') afterNewline = position;
        }
        if (afterNewline > 0) return afterNewline;
        return position == text.Length || last == start ? position : last;
    }
}
