using System.Globalization;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Reads what stands for one code point in a pattern: a character, an escape such as <c>\p{L}</c>, or a set in brackets.</summary>
internal static class PatternSetParser
{
    private const int MaxDepth = 100;

    /// <summary>Reads one character or escape, outside of brackets.</summary>
    public static CodePointSet ReadOne(string pattern, ref int position) =>
        pattern[position] == '\\' ? ReadEscape(pattern, ref position, out _) : CodePointSet.Of(ReadCodePoint(pattern, ref position));

    /// <summary>
    /// Reads a set in brackets, which may hold further ones: <c>[a-z\p{L}[xyz]]</c>, <c>[^...]</c>, <c>[...&amp;&amp;...]</c>.
    /// </summary>
    public static CodePointSet ReadBrackets(string pattern, ref int position) => ReadBrackets(pattern, ref position, depth: 1);

    public static FormatException Error(string pattern, int position, string what) =>
        new($"At character {Math.Min(position, pattern.Length) + 1} of the pattern {PatternText.Quote(pattern)} {what}: "
            + "this is not understood here.");

    private static CodePointSet ReadBrackets(string pattern, ref int position, int depth)
    {
        if (depth > MaxDepth) throw Error(pattern, position, $"sets stand within each other more than {MaxDepth} deep");
        position++;
        if (pattern.AsSpan(position).StartsWith(":") && pattern.IndexOf(":]", position, StringComparison.Ordinal) > 0)
            throw Error(pattern, position, "stands a POSIX class such as [:alpha:]; write \\p{L}");
        bool isNegative = position < pattern.Length && pattern[position] == '^';
        if (isNegative) position++;
        CodePointSet set = CodePointSet.None;
        CodePointSet? others = null;
        for (bool isFirst = true; ; isFirst = false)
        {
            if (position == pattern.Length) throw Error(pattern, position, "a '[' is not closed");
            if (pattern[position] == ']' && !isFirst)
            {
                position++;
                break;
            }
            if (pattern.AsSpan(position).StartsWith("&&"))
            {
                position += 2;
                others = others?.And(set) ?? set;
                set = CodePointSet.None;
                continue;
            }
            set = set.Or(pattern[position] == '[' ? ReadBrackets(pattern, ref position, depth + 1) : ReadMember(pattern, ref position));
        }
        if (others is not null) set = others.And(set);
        return isNegative ? set.Not() : set;
    }

    /// <summary>A character, an escape, or a range of characters.</summary>
    private static CodePointSet ReadMember(string pattern, ref int position)
    {
        int? first = null;
        if (pattern[position] != '\\') first = ReadCodePoint(pattern, ref position);
        else if (ReadEscape(pattern, ref position, out first) is CodePointSet set && first is null) return set;
        if (position + 1 >= pattern.Length || pattern[position] != '-' || pattern[position + 1] == ']')
            return CodePointSet.Of(first!.Value);
        position++;
        int? last = null;
        if (pattern[position] != '\\') last = ReadCodePoint(pattern, ref position);
        else ReadEscape(pattern, ref position, out last);
        if (last is null || last < first) throw Error(pattern, position, "a range ends before it begins, or with more than one character");
        return CodePointSet.Ranges((first!.Value, last.Value));
    }

    private static int ReadCodePoint(string pattern, ref int position)
    {
        if (!Rune.TryGetRuneAt(pattern, position, out Rune rune)) throw Error(pattern, position, "stands half a surrogate pair");
        position += rune.Utf16SequenceLength;
        return rune.Value;
    }

    /// <param name="pattern">All of it.</param>
    /// <param name="position">Where the backslash is; then what comes after the escape.</param>
    /// <param name="codePoint">The code point, where the escape stands for just one.</param>
    private static CodePointSet ReadEscape(string pattern, ref int position, out int? codePoint)
    {
        int start = position++;
        if (position == pattern.Length) throw Error(pattern, start, "a backslash escapes nothing");
        char kind = pattern[position];
        codePoint = null;
        switch (kind)
        {
            case 'p' or 'P':
                return UnicodeProperties.Read(pattern, ref position);
            case 's' or 'S' or 'd' or 'D' or 'w' or 'W':
                position++;
                CodePointSet set = char.ToLowerInvariant(kind) switch
                {
                    's' => CodePointSet.WhiteSpace,
                    'd' => CodePointSet.Categories(UnicodeCategory.DecimalDigitNumber),
                    _ => UnicodeProperties.Word,
                };
                return char.IsUpper(kind) ? set.Not() : set;
            case 'x' or 'u':
                codePoint = ReadHexadecimal(pattern, ref position);
                break;
            case 'r' or 'n' or 't' or 'f' or 'v' or 'a' or 'e' or '0':
                position++;
                codePoint =
                    kind switch { 'r' => '\r', 'n' => '\n', 't' => '\t', 'f' => '\f', 'v' => '\v', 'a' => '\a', 'e' => 0x1B, _ => 0 };
                break;
            case 'b' or 'B' or 'A' or 'G':
                throw Error(pattern, start, $"'\\{kind}' looks at what stands before");
            case var _ when char.IsAsciiLetterOrDigit(kind):
                throw Error(pattern, start, $"'\\{kind}' stands");
            default:
                codePoint = ReadCodePoint(pattern, ref position);
                break;
        }
        return CodePointSet.Of(codePoint.Value);
    }

    /// <summary><c>\x20</c>, <c>\x{3040}</c>, <c>\u3040</c>, <c>\u{3040}</c>.</summary>
    private static int ReadHexadecimal(string pattern, ref int position)
    {
        int start = position, first = position + 1;
        bool inBraces = first < pattern.Length && pattern[first] == '{';
        if (inBraces) first++;
        int end = inBraces ? pattern.IndexOf('}', first) : first + (pattern[start] == 'x' ? 2 : 4);
        if (end < first || end > pattern.Length
            || !int.TryParse(pattern.AsSpan(first..end), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value)
            || value is < 0 or >= CodePointSet.End)
            throw Error(pattern, start, "stands a number that is no code point");
        position = inBraces ? end + 1 : end;
        return value;
    }
}
