using System.Text;
using System.Text.RegularExpressions;

namespace Cs336.Tokenizers.Tests;

/// <summary>The automaton against .NET's regular expressions, which search by trying and going back.</summary>
public class PatternPreTokenizerTests
{
    public static TheoryData<string> Patterns =>
    [
        PreTokenizers.Gpt2.Pattern, PreTokenizers.Cl100k.Pattern, PreTokenizers.Qwen2.Pattern, PreTokenizers.O200k.Pattern,
        @"\p{N}{1,3}", @"[一-龥぀-ゟ゠-ヿ]+", @"\s?\p{L}+", @"[\r\n]", @"[0-9][0-9][0-9]", @"\p{P}", @" ?[^\s,.!?…。]+", @"\p{N}{2,}?", @"a*?b|a",
        @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"
        + @"|\s*[\r\n]+|\s+(?!\S)|\s+",
        @"ab|abc|a+(?=c)|(?:x|y){2,3}z|\w\d\W?", @"(?:a(?:b|c)*)+d|a", @"\s+$|\S+",
    ];

    [Theory, MemberData(nameof(Patterns))]
    public void Equals_the_regular_expression_on_random_texts(string pattern)
    {
        PatternPreTokenizer preTokenizer = new(pattern);
        for (int seed = 0; seed < 2000; seed++)
        {
            string text = RandomText.Make(new Random(seed), 40) + (seed % 3 == 0 ? "aabacd xyz zyxz123,4 龥ゟ" : "");
            AssertEqual(pattern, preTokenizer, text);
        }
    }

    [Fact]
    public void Equals_the_regular_expression_for_random_patterns()
    {
        for (int seed = 0; seed < 3000; seed++)
        {
            Random random = new(seed);
            string pattern = MakePattern(random, depth: 3);
            PatternPreTokenizer preTokenizer = new(pattern);
            for (int i = 0; i < 5; i++) AssertEqual(pattern, preTokenizer, string.Concat(random.GetItems<char>("ab1 é", random.Next(12))));
        }
    }

    [Theory]
    [InlineData(@"a++|b", "aaab", "aaa|b")]
    [InlineData(@"a++ab|.", "aaab", "a|a|a|b")] // gives none back, so no a is left for the rest
    [InlineData(@"a{1,2}+b|.", "aaab", "a|aab")]
    [InlineData(@"x?+x|y", "xxy", "xx|y")]
    [InlineData(@"(?i:'S|k)+", "'S'skKx", "'S'skK|x")]
    [InlineData(@"(?i)a(?-i:a)|b", "AaAAB", "Aa|AA|B")]
    [InlineData(@"\x41\u0042\x{43}|\p{Lu}", "ABCD", "ABC|D")]
    [InlineData(@"[a-c&&[^b]]+", "abcab", "a|b|ca|b")]
    [InlineData(@"[\p{L}&&[^\p{Han}]]+|\p{Han}+", "ab漢字c𠀀", "ab|漢字|c|𠀀")]
    [InlineData(@"\p{L}+", "𐐀𐐁🙂x", "𐐀𐐁|🙂|x")]
    [InlineData(@"{a}|a{,2}b", "{a}aab", "{a}|aab")]
    [InlineData(@"[]a]+", "]a]b", "]a]|b")]
    public void Syntax_means_what_it_says(string pattern, string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Split(new PatternPreTokenizer(pattern), text)));

    [Theory]
    [InlineData(@"(?<=a)b", "At character 3 of the pattern '(?<=a)b' '(?<=' is looking behind: this is not understood here.")]
    [InlineData(@"(?<!a)b", "looking behind")]
    [InlineData(@"(?>a)", "an atomic group")]
    [InlineData(@"\bword", @"'\b' looks at what stands before")]
    [InlineData(@"^a", "'^' looks at what stands before")]
    [InlineData(@"(a)\1", @"'\1' stands")]
    [InlineData(@"a(?=bc)", "this looks further ahead than to the next code point")]
    [InlineData(@"(?:ab)++", "possessive repetition of more than one code point")]
    [InlineData(@"(a", "a '(' is not closed")]
    [InlineData(@"a)", "a ')' closes nothing")]
    [InlineData(@"[a", "a '[' is not closed")]
    [InlineData(@"*a", "'*' repeats nothing")]
    [InlineData(@"[b-a]", "a range ends before it begins")]
    [InlineData(@"a{3,2}", "has a greater number first")]
    [InlineData(@"a{2000}", "at most 1000 are read")]
    [InlineData(@"\p{Klingon}", "stands the Unicode property 'Klingon'")]
    [InlineData(@"\x{110000}", "stands a number that is no code point")]
    [InlineData(@"[[:alpha:]]", "stands a POSIX class")]
    [InlineData(@"a\", "a backslash escapes nothing")]
    public void What_is_not_understood_is_named_with_its_place(string pattern, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => new PatternPreTokenizer(pattern)).Message);

    [Fact]
    public void A_pattern_of_any_size_is_read_or_refused_in_time()
    {
        string[] hostile =
        [
            string.Concat(Enumerable.Repeat("(?:", 5000)), new string('(', 90) + "a"
                + string.Concat(Enumerable.Repeat(")*", 90)), "((((a{1000}){1000}){1000}){1000})",
            "(?:a?){1000}a{1000}", "[ab]*a[ab]{30}", string.Join('|', Enumerable.Range(0, 4000).Select(i => $"{(char)(0x4E00 + i)}x")),
            new string('a', 30_000), string.Concat(Enumerable.Repeat("[", 5000)), "(a*)*b|(a|a)*c",
        ];
        foreach (string pattern in hostile)
        {
            try
            {
                int[] ends = new int[4];
                Assert.InRange(new PatternPreTokenizer(pattern).Split(Encoding.UTF8.GetBytes(new string('a', 2000)), ends), 1, 4);
            }
            catch (Exception e) when (e is FormatException or InvalidOperationException)
            {
                Assert.Contains("pattern", e.Message, StringComparison.OrdinalIgnoreCase);
            }
        }
    }

    [Fact]
    public void A_pattern_that_looks_at_all_that_follows_again_and_again_is_stopped()
    {
        byte[] text = [.. Enumerable.Repeat((byte)'a', 1 << 20)];
        int[] ends = new int[256];
        foreach (
            PatternPreTokenizer preTokenizer in (PatternPreTokenizer[])[new("a+b|a"), new("a+b"), new("a+b", SplitBehavior.Contiguous)])
            Assert.Contains("looks at the same text again and again",
                Assert.Throws<InvalidOperationException>(() => preTokenizer.Split(text, ends)).Message);
        byte[] spaces = [.. "\n"u8, .. Enumerable.Repeat((byte)' ', 1 << 20), (byte)'x'];
        Assert.Equal(3, PreTokenizers.Cl100k.Split(spaces, ends));
    }

    [Theory, MemberData(nameof(Patterns))]
    public void A_safe_cut_never_changes_the_pre_tokens(string pattern)
    {
        foreach (SplitBehavior behavior in Enum.GetValues<SplitBehavior>())
        {
            PatternPreTokenizer preTokenizer = new(pattern, behavior);
            for (int seed = 0; seed < 300; seed++)
            {
                byte[] text = Encoding.UTF8.GetBytes(RandomText.Make(new Random(seed), 30));
                List<int> whole = Ends(preTokenizer, text);
                for (int seen = 1; seen <= text.Length; seen += 3)
                {
                    int from = seen / 3, cut = preTokenizer.FindSafeCut(text.AsSpan(from, seen - from)) + from;
                    if (cut == from) continue;
                    Assert.Equal(whole, [.. Ends(preTokenizer, text[..cut]), .. Ends(preTokenizer, text[cut..]).Select(end => end + cut)]);
                }
            }
        }
    }

    [Fact]
    public void Patterns_of_well_known_models_are_cut_at_most_words()
    {
        byte[] text = "One day, a little girl named Lily found a needle in her room.\nShe knew it was 12345 times sharp!"u8.ToArray();
        foreach (string name in PreTokenizers.Names)
        {
            IPreTokenizer preTokenizer = PreTokenizers.Get(name);
            int cuts = 0;
            for (int cut = text.Length; (cut = preTokenizer.FindSafeCut(text.AsSpan(0, cut))) > 0;) cuts++;
            Assert.InRange(cuts, 19, 30);
        }
    }

    [Fact]
    public void A_sequence_cuts_what_the_pattern_before_left()
    {
        SequencePreTokenizer sequence = new([new(@"\p{N}{1,3}"), new("[x-z]+"), new(@" ?\w+|\s+")]);

        Assert.Equal("ab|xy|c| d|1|  |e|zz|123|45", string.Join('|', Split(sequence, "abxyc d1  ezz12345")));
        for (int seed = 0; seed < 500; seed++)
        {
            byte[] text = Encoding.UTF8.GetBytes(RandomText.Make(new Random(seed), 30) + "12xyzab 1234");
            List<int> whole = Ends(sequence, text);
            int cut = sequence.FindSafeCut(text);
            if (cut > 0) Assert.Equal(whole, [.. Ends(sequence, text[..cut]), .. Ends(sequence, text[cut..]).Select(end => end + cut)]);
        }
    }

    [Fact]
    public void A_sequence_tells_of_a_piece_that_it_cannot_cut_at_once()
    {
        SequencePreTokenizer sequence = new([new("x[ab]+|a"), new("[ab]{2}")]);
        int[] ends = new int[4];

        Assert.Contains("is cut into 5 parts, but at most 4 are cut at once",
            Assert.Throws<InvalidOperationException>(() => sequence.Split("xabababab"u8, ends)).Message);
        Assert.Equal(4, new SequencePreTokenizer([new("[ab]+"), new("[ab]")]).Split("abababab"u8, ends)); // goes on as it began
    }

    /// <summary>Of letters, sets, alternatives, groups and repetition.</summary>
    private static string MakePattern(Random random, int depth) => random.Next(depth == 0 ? 3 : 8) switch
    {
        0 => random.GetItems(["a", "b", "1", "é", " "], 1)[0],
        1 => random.GetItems([@"\p{L}", @"\s", @"\d", "[ab]", "[^a]", "[a1]"], 1)[0],
        2 => random.GetItems(["a", "b"], 1)[0] + random.GetItems([@"(?!\S)", "(?=b)", "(?!a)", "$", @"(?=\s|$)"], 1)[0],
        3 or 4 => MakePattern(random, depth - 1) + MakePattern(random, depth - 1),
        5 => $"(?:{MakePattern(random, depth - 1)}|{MakePattern(random, depth - 1)})",
        _ => $"(?:x{MakePattern(random, depth - 1)}|{MakePattern(random, depth - 1)}b)"
            + random.GetItems(["*", "+", "?", "{2}", "{1,3}", "*?", "+?", "??"], 1)[0],
    };

    private static void AssertEqual(string pattern, IPreTokenizer preTokenizer, string text)
    {
        // \z in .NET is what $ is here; and possessive repetition is an atomic group.
        string translated = Regex.Replace(
            pattern.Replace("#$%", @"#\u0024%").Replace("$", @"\z"), @"(\[(?:[^\]\\]|\\.)*\]|\\p\{\w+\})([?+*]|\{\d,\d\})\+", "(?>$1$2)");
        Assert.True(Expected(translated, text).SequenceEqual(Split(preTokenizer, text)), $"{pattern} on '{text}'");
    }

    /// <summary>The matches, and the gaps between them.</summary>
    private static IEnumerable<string> Expected(string pattern, string text)
    {
        int start = 0;
        foreach (Match match in Regex.Matches(text, pattern, RegexOptions.CultureInvariant).Where(match => match.Length > 0))
        {
            if (match.Index > start) yield return text[start..match.Index];
            yield return match.Value;
            start = match.Index + match.Length;
        }
        if (start < text.Length) yield return text[start..];
    }

    private static IEnumerable<string> Split(IPreTokenizer preTokenizer, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        int start = 0;
        foreach (int end in Ends(preTokenizer, utf8))
        {
            yield return Encoding.UTF8.GetString(utf8.AsSpan(start, end - start));
            start = end;
        }
    }

    private static List<int> Ends(IPreTokenizer preTokenizer, byte[] text)
    {
        Span<int> ends = stackalloc int[7];
        List<int> all = [];
        for (int start = 0; start < text.Length; start = all[^1])
        {
            int count = preTokenizer.Split(text.AsSpan(start), ends);
            foreach (int end in ends[..count]) all.Add(start + end);
        }
        return all;
    }
}
