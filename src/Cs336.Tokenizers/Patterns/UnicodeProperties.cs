using System.Globalization;

namespace Cs336.Tokenizers;

/// <summary>The properties that <c>\p{...}</c> names: general categories, and the scripts that patterns of tokenizers use.</summary>
internal static class UnicodeProperties
{
    // In the order of UnicodeCategory.
    private static readonly string[] ShortNames =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps",
        "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    private static readonly Dictionary<string, string> LongNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Letter"] = "L", ["Mark"] = "M", ["Number"] = "N", ["Punctuation"] = "P", ["Punct"] = "P", ["Symbol"] = "S", ["Separator"] = "Z",
        ["Other"] = "C", ["UppercaseLetter"] = "Lu", ["LowercaseLetter"] = "Ll", ["TitlecaseLetter"] = "Lt", ["ModifierLetter"] = "Lm",
        ["OtherLetter"] = "Lo", ["NonspacingMark"] = "Mn", ["SpacingMark"] = "Mc", ["EnclosingMark"] = "Me", ["DecimalNumber"] = "Nd",
        ["Digit"] = "Nd", ["LetterNumber"] = "Nl", ["OtherNumber"] = "No", ["SpaceSeparator"] = "Zs", ["LineSeparator"] = "Zl",
        ["ParagraphSeparator"] = "Zp", ["Control"] = "Cc", ["Cntrl"] = "Cc", ["Format"] = "Cf", ["Unassigned"] = "Cn",
        ["ConnectorPunctuation"] = "Pc", ["DashPunctuation"] = "Pd", ["OpenPunctuation"] = "Ps", ["ClosePunctuation"] = "Pe",
        ["InitialPunctuation"] = "Pi", ["FinalPunctuation"] = "Pf", ["OtherPunctuation"] = "Po", ["MathSymbol"] = "Sm",
        ["CurrencySymbol"] = "Sc", ["ModifierSymbol"] = "Sk", ["OtherSymbol"] = "So",
    };

    private static readonly Dictionary<string, CodePointSet> Others = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Any"] = CodePointSet.All,
        ["ASCII"] = CodePointSet.Ranges((0, 0x7F)),
        ["White_Space"] = CodePointSet.WhiteSpace,
        ["Space"] = CodePointSet.WhiteSpace,
        // Unicode 16, Scripts.txt.
        ["Han"] = CodePointSet.Ranges(
            (0x2E80, 0x2E99), (0x2E9B, 0x2EF3), (0x2F00, 0x2FD5), (0x3005, 0x3005), (0x3007, 0x3007), (0x3021, 0x3029), (0x3038, 0x303B),
            (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFA6D), (0xFA70, 0xFAD9), (0x16FE2, 0x16FE3), (0x16FF0, 0x16FF1),
            (0x20000, 0x2A6DF), (0x2A700, 0x2B739), (0x2B740, 0x2B81D), (0x2B820, 0x2CEA1), (0x2CEB0, 0x2EBE0), (0x2EBF0, 0x2EE5D),
            (0x2F800, 0x2FA1D), (0x30000, 0x3134A), (0x31350, 0x323AF)),
        ["Hiragana"] = CodePointSet.Ranges(
            (0x3041, 0x3096), (0x309D, 0x309F), (0x1B001, 0x1B11F), (0x1B132, 0x1B132), (0x1B150, 0x1B152), (0x1F200, 0x1F200)),
        ["Katakana"] = CodePointSet.Ranges(
            (0x30A1, 0x30FA), (0x30FD, 0x30FF), (0x31F0, 0x31FF), (0x32D0, 0x32FE), (0x3300, 0x3357), (0xFF66, 0xFF6F), (0xFF71, 0xFF9D),
            (0x1AFF0, 0x1AFF3), (0x1AFF5, 0x1AFFB), (0x1AFFD, 0x1AFFE), (0x1B000, 0x1B000), (0x1B120, 0x1B122), (0x1B155, 0x1B155),
            (0x1B164, 0x1B167)),
        ["Hangul"] = CodePointSet.Ranges(
            (0x1100, 0x11FF), (0x302E, 0x302F), (0x3131, 0x318E), (0x3200, 0x321E), (0x3260, 0x327E), (0xA960, 0xA97C), (0xAC00, 0xD7A3),
            (0xD7B0, 0xD7C6), (0xD7CB, 0xD7FB), (0xFFA0, 0xFFBE), (0xFFC2, 0xFFC7), (0xFFCA, 0xFFCF), (0xFFD2, 0xFFD7), (0xFFDA, 0xFFDC)),
    };

    /// <summary><c>\w</c>: letters, marks, decimal digits and what connects words.</summary>
    public static CodePointSet Word { get; } =
        Find("L")!.Or(Find("M")!).Or(CodePointSet.Categories(UnicodeCategory.DecimalDigitNumber, UnicodeCategory.ConnectorPunctuation));

    /// <summary>Reads <c>p{L}</c>, <c>pL</c>, <c>P{L}</c> or <c>p{^L}</c>, and leaves the position behind it.</summary>
    public static CodePointSet Read(string pattern, ref int position)
    {
        int start = position;
        bool isNegative = pattern[position++] == 'P';
        string name;
        if (position < pattern.Length && pattern[position] == '{')
        {
            int end = pattern.IndexOf('}', position);
            if (end < 0) throw PatternSetParser.Error(pattern, start, "the name of a property has no end");
            name = pattern[(position + 1)..end];
            position = end + 1;
        }
        else
        {
            if (position == pattern.Length) throw PatternSetParser.Error(pattern, start, "a property has no name");
            name = pattern[position++].ToString();
        }
        if (name.StartsWith('^')) (isNegative, name) = (!isNegative, name[1..]);
        CodePointSet set = Find(name)
            ?? throw PatternSetParser.Error(pattern, start, $"stands the Unicode property {PatternText.Quote(name)}");
        return isNegative ? set.Not() : set;
    }

    private static CodePointSet? Find(string name)
    {
        if (Others.TryGetValue(name, out CodePointSet? set)) return set;
        string key = name.Replace("_", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        if (LongNames.TryGetValue(key, out string? shortName)) key = shortName;
        if (key.Length is < 1 or > 2) return null;
        UnicodeCategory[] categories =
        [
            .. Enumerable.Range(0, ShortNames.Length)
                .Where(i => ShortNames[i].StartsWith(key, StringComparison.OrdinalIgnoreCase)).Select(i => (UnicodeCategory)i),
        ];
        return categories.Length == 0 ? null : CodePointSet.Categories(categories);
    }
}
