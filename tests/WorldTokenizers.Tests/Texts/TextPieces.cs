namespace WorldTokenizers.Tests.Texts;

/// <summary>What hostile texts are put together from, by kind.</summary>
internal static class TextPieces
{
    private static readonly string[] Spaces =
    [
        " ", "  ", "   ", "        ", "\t", "\t\t", "\u00A0", "\u00A0\u00A0", "\u3000", "\u2003", "\u2009", "\u202F", "\u205F", "\u1680",
        " \t ", "\u000B", "\u000C", "\u0085", " \u0085", "\u2028", "\u2029", "\u200B", "\u2060", "\uFEFF", "\u180E", "\u0020\u00A0",
        "\u00A0\u0020",
    ];

    private static readonly string[] Newlines =
    [
        "\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "\n\r", "\r\r", " \n", "\n ", "  \n  \n", "\n\t", "\t\n", " \r\n ", "\n\n\n\n",
        "\u0085\n", "\n\u2028", "\u00A0\n", "\n    ", "\n        ", "\n\t\t", "\f\n", "/\n", "//\r\n", "\n/",
    ];

    private static readonly string[] Contractions =
    [
        "'s", "'S", "'t", "'T", "'re", "'RE", "'Re", "'rE", "'ve", "'VE", "'m", "'M", "'ll", "'LL", "'Ll", "'lL", "'d", "'D", "'\u017F",
        "'\u212A", "'", "''", "'''", "\u2019s", "\u2019ll", "'st", "'sS", "'l", "'r", "'v", "'x", " 's", " 'T", "''s", "I'm", "don't",
        "WE'LL", "they'Ve", "o'clock", "'\u0130", "'\u00DF", "'\uFF53", "'s'", "'d'd", "x'\u017Fy", "rock'n'roll", "'re\u0301",
    ];

    private static readonly string[] Words =
    [
        "a", "A", "the", "The", "THE", " the", "hello", "Hello", " world", "World", "HTTPServer", "camelCaseWord", "snake_case",
        "SCREAMING_CASE", "iPhone", "XMLHttpRequest", "aB", "Ab", "ABc", "caf\u00E9", "cafe\u0301", "na\u00EFve", "nai\u0308ve",
        "\u017Fi\u017Fter", "\u212Aelvin", "\u212B", "\u00C5ngstr\u00F6m", "A\u030Angstro\u0308m", "Stra\u00DFe", "STRA\u1E9EE",
        "\u0130stanbul", "\u0131", "\u01C5", "\u01C6ungla", "\u01F2", "\uFB01nd", "\uFB03", "o\uFB03ce", "\u1E9B\u0323",
        "\u0391\u03B8\u03AE\u03BD\u03B1", "\u03C3\u03C2\u03A3", "\u1F08\u1FBC", "\u041C\u043E\u0441\u043A\u0432\u0430", "\u0439",
        "\u0438\u0306", "\u0451\u0436", "\u0540\u0561\u0575", "\u10D0\u10D1", "\u1C90", "\u00AA", "\u00BA", "\u02B0", "\u02BC", "\u1D43",
        "\u2071", "\u2C7C", "\uA770", "\u0640", "\u3005", "\u303B", "\u309D",
    ];

    private static readonly string[] Numbers =
    [
        "0", "1", "12", "123", "1234", "12345", "123456", "1234567890", "3.14159", "1,000,000", "1e-5", "0x1F", "\u00B2",
        "\u00B9\u00B2\u00B3", "\u00BD", "\u2155", "\u2167", "\u216B\u2170", "\u09EF", "\u0966\u0967\u0968\u0969",
        "\u0661\u0662\u0663\u0664", "\u06F0\u06F1", "\uFF11\uFF12\uFF13\uFF14", "\u2460", "\u2473", "\u24EA", "\u3007", "\u3021\u3022",
        "\u3220", "\u3280", "\u0F33", "\u0E51\u0E52", "\uD835\uDFCE\uD835\uDFCF\uD835\uDFD0\uD835\uDFD1", "\uD83C\uDD00", "\uD800\uDD07",
        "\uD800\uDD40", "\u2080\u2081", "1\u00B2", "x\u00B2", "\u4E00\u4E8C\u4E09", "2024-05-06", "127.0.0.1", "00000000", "1\u20E3",
        "5\u0301",
    ];

    private static readonly string[] Marks =
    [
        "\u0301", "\u0300", "\u0323", "\u0328", "\u0327", "\u0308", "\u0304", "\u0315", "\u031B", "\u0345", "\u0338", "\u034F", "\u05B0",
        "\u05B7", "\u0651", "\u064E", "\u0670", "\u093C", "\u094D", "\u0E38", "\u0E48", "\u3099", "\u309A", "\u20D0", "\uFE0F", "\uFE0E",
        "\u1DC0", "\u0F71", "\u0F72", "\u0F74", "\uD834\uDD65", "\uD834\uDD6E", "\u0488", "\u0903",
    ];

    private static readonly string[] Bases =
    [
        "a", "e", "o", "A", "O", "s", "d", "q", "\u00E9", "\u1EA1", "\u00C5", "\u017F", "1", "\u0915", "\u05E9", "\u0628", "\u304B",
        "\u306F", "\uFF76", "<", "=", " ", "\u0E01", "\u1100\u1161",
    ];

    private static readonly string[] Hangul =
    [
        "\uD55C\uAD6D\uC5B4", "\u1112\u1161\u11AB", "\u1100\u1161", "\u1100", "\u1161", "\u11A8", "\uAC00\u11A8", "\uAC00\u11A7",
        "\uAC01", "\u3131\u314F", "\u3141", "\uFFA1\uFFC2", "\uAC00\u1161", "\u115F\u1161", "\uA960\uD7B0", " \uC548\uB155", "\uD7A3",
        "\u320E", "\u3260",
    ];

    private static readonly string[] Kana =
    [
        "\u3053\u3093\u306B\u3061\u306F", "\u304C", "\u304B\u3099", "\u3071", "\u306F\u309A", "\u30AC\u30AE", "\uFF76\uFF9E",
        "\uFF8A\uFF9F", "\uFF71\uFF72\uFF73\uFF74\uFF75", "\u30FC\u30FC", "\uFF70", "\u30F7", "\u30EF\u3099", "\u309B", "\u309C",
        "\uFF9E", "\uFF9F", "\u309F", "\u30FF", "\u3031", "\u30FB", "\uFF65", "\uD82C\uDC00", "\uD82C\uDC01\u3099", "\u31F0",
    ];

    private static readonly string[] Cjk =
    [
        "\u4F60\u597D\uFF0C\u4E16\u754C\u3002", "\u4E2D\u6587", "\u6F22\u5B57", "\u9FA5", "\u9FA6", "\u9FFF", "\u3400", "\uF900",
        "\uFA0E", "\uFA30", "\uD840\uDC00", "\uD869\uDED6", "\uD87E\uDC00", "\uD87E\uDC1D", "\u2F00", "\u2E80", "\u3001\u3002",
        "\u300C\u6771\u4EAC\u300D", "\uFF01\uFF1F", "\u3012", "\u3105\u3106", "\u32D0", "\u337F", "\u338F", "\u33C2", "\u3006", "\u4E00",
        "\u3300",
    ];

    private static readonly string[] Compatibility =
    [
        "\u338F", "\u2460", "\uFF21\uFF42\uFF43", "\u2122", "\u2120", "\u00B5", "\u2126", "\u212A", "\u00C5", "\u2103", "\u3392",
        "\uFDFA", "\uFDFB", "\uFEFB", "\uFB4F", "\u0149", "\u01C4", "\u1E9A", "\u2002", "\u2024", "\u2026", "\u203C", "\u2047", "\u00A8",
        "\u00AF", "\u00B4", "\u037A", "\u0384", "\u1FBD", "\u2033", "\u222D", "\u2A74", "\u2A0C", "\uFE10", "\uFE35", "\uFE49", "\uFE54",
        "\uFF0F", "\uFF5E", "\uFFE3", "\uFFE5", "\u00BC", "\u2150", "\uD835\uDC00\uD835\uDC01", "\uD835\uDD04", "\uD835\uDEA8",
        "\uD83C\uDD30", "\uD83C\uDE01", "\uD83C\uDE50", "\u0958", "\u095C", "\u09DC", "\u0A33", "\u0F43", "\u2ADC", "\uFB1D", "\uFB2C",
        "\u0344", "\u0340", "\u0374", "\u037E", "\u0387", "\u1F71", "\u1FEF", "\u2000", "\u2329", "\u0E33", "\u0EB3", "\u0EDC", "\u0F0C",
        "\u0F77", "\u0675",
    ];

    private static readonly string[] Scripts =
    [
        "\u0645\u0631\u062D\u0628\u0627", "\u0627\u0644\u0639\u0631\u0628\u064A\u0629",
        "\u0645\u064F\u062D\u064E\u0645\u0651\u064E\u062F", "\u0622", "\u0627\u0653", "\u0626", "\uFEFC\uFEE0",
        "\u05E9\u05B8\u05DC\u05D5\u05B9\u05DD", "\u0928\u092E\u0938\u094D\u0924\u0947", "\u0939\u093F\u0928\u094D\u0926\u0940",
        "\u0915\u094D\u0937", "\u0929", "\u0928\u093C", "\u09AC\u09BE\u0982\u09B2\u09BE", "\u09CB", "\u09C7\u09BE", "\u0B95\u0BCA",
        "\u0B95\u0BC6\u0BBE", "\u0E2A\u0E27\u0E31\u0E2A\u0E14\u0E35", "\u0E20\u0E32\u0E29\u0E32\u0E44\u0E17\u0E22", "\u0E19\u0E49\u0E33",
        "\u0E9E\u0EB2\u0EAA\u0EB2", "\u1019\u103C\u1014\u103A\u1019\u102C", "\u1026", "\u1025\u102E", "\u17A2\u1780\u17D2\u179F\u179A",
        "\u0F56\u0F7C\u0F51\u0F0B", "\u12A0\u121B\u122D\u129B", "\u13E3\u13B3\u13A9", "\uAB70", "\u1820\u1822", "\u0D4A", "\u0D46\u0D3E",
        "\u0DDA", "\u0DD9\u0DCA", "\uD801\uDC00\uD801\uDC28", "\uD800\uDF30\uD800\uDF31", "\uD802\uDC00", "\uD804\uDC1A\uD804\uDC3A",
        "\uD804\uDC99\uD804\uDCBA", "\uD808\uDC00", "\uD80C\uDC00", "\uD83A\uDD00\uD83A\uDD22", "\uD834\uDD5E",
        "\uD834\uDD57\uD834\uDD65",
    ];

    private static readonly string[] Emoji =
    [
        "\uD83D\uDE00", "\uD83D\uDE00\uD83D\uDE01\uD83D\uDE02", "\uD83D\uDC4D\uD83C\uDFFD",
        "\uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67\u200D\uD83D\uDC66", "\uD83C\uDFF3\uFE0F\u200D\uD83C\uDF08", "\u2764\uFE0F",
        "\u2764\uFE0F\u200D\uD83D\uDD25", "\uD83C\uDDE9\uD83C\uDDEA",
        "\uD83C\uDFF4\uDB40\uDC67\uDB40\uDC62\uDB40\uDC65\uDB40\uDC6E\uDB40\uDC67\uDB40\uDC7F", "\u263A", "\u263A\uFE0F", "1\uFE0F\u20E3",
        "#\uFE0F\u20E3", "\uD83E\uDD26\uD83C\uDFFB\u200D\u2642\uFE0F", " \uD83D\uDE80", "\u00A9\uFE0F", "\u200D", "\uD83C\uDFFD",
    ];

    private static readonly string[] Symbols =
    [
        "!", "?!", "...", "\u2026", ",", ";", ":", "-", "--", "\u2013", "\u2014", "_", "__init__", "(", ")", "()", "[]", "{}", "<", ">",
        "</", "/>", "/", "//", "/*", "*/", "\\", "\\n", "|", "||", "&&", "&amp;", "#", "##", "@", "$", "$$", "%", "^", "*", "**", "+",
        "++", "=", "==", "===", "=>", "->", "~", "`", "```", "\"", "\u201C", "\u201D", "\u00AB", "\u00BB", "\u20AC", "\u00A3", "\u00B0",
        "\u00B7", "\u2022", "\u2581", "\u2581\u2581", "a\u2581b", "\u0120", "\u0100", "\u010A", "\u00C4\u00A0", "\u2192", "\u221E",
        "\u2211", "\u2588", "\u2500\u2500", "\u00AD", "\u200E", "\u202E", "\u061C", "\uFFFD", "\uFFFC", "\u0000", "\u0001", "\u001B",
        "\u001F", "\u007F", "\u0080", "\u009F", "\uE000", "\uFDD0", "\uFFFF", "\uDBFF\uDFFF", "\uDBC0\uDC00", "<0x0A>", "<0xFF>", "<unk>",
        "<s>", "</s>", "[UNK]", "<|", "|>", "<|endoftext|>", "##ing", "\u0F3A", "\u0488", "\u2FF0", "\u06DD", "\u17D7",
    ];

    private static readonly string[] Code =
    [
        "def f(x):\n    return x\n", "for (int i = 0; i < 10; i++)\n{\n\t\tsum += i;\n}\n", "if x:\n        pass\n    else:\n  y()\n",
        "    \n        \n", "\t\t\t// comment\r\n", "x = {'a': 1, \"b\": [2, 3]}", "<div class=\"a\">text</div>\n",
        "SELECT * FROM t WHERE a='b';", "import os, sys\n\n\nclass A(B):\n\n    pass\n",
        "#include <stdio.h>\r\n\r\nint main() { return 0; }\r\n", "https://example.org/a/b?c=d&e=%20f#g", "a.b.c->d::e", "\"\\u00e9\\n\"",
        "0b1010_1010ul", "$(cmd) `cmd` ${x}", "\n\n\n    }\n}\n",
    ];

    /// <summary>All pieces, a row for each kind.</summary>
    public static IReadOnlyList<string[]> Kinds { get; } =
        [Spaces, Newlines, Contractions, Words, Numbers, Marks, Bases, Hangul, Kana, Cjk, Compatibility, Scripts, Emoji, Symbols, Code];

    /// <summary>A character with marks above and below it, in any order.</summary>
    public static string Marked(Random random)
    {
        string text = random.GetItems(Bases, 1)[0];
        for (int count = 1 + random.Next(5); count > 0; count--) text += random.GetItems(Marks, 1)[0];
        return text;
    }
}
