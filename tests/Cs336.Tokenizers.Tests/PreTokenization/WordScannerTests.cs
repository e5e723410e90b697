using System.Runtime.Intrinsics;
using System.Text;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public class WordScannerTests
{
    private delegate int Scan(ReadOnlySpan<byte> text, Span<int> ends);

    private static readonly string[] Alphabet =
    [
        "a", "Z", "1", " ", "\t", "\u00a0", "\r", "\n", "'", "s", "l", "V", "e", "/", ".", "é", "É", "中", "\u0301", "ſ", "𐐀", "²",
    ];

    private static readonly string[] Parts =
    [
        .. Alphabet, "the", "HTTP", "XmlHttp", "xyzzy", "  ", "     ", "\r\n", "\u000b", "\0", "\u0085", "\u2003", "\u3000",
        "''", "'S", "'ll", "'LL", "'lL", "'l", "'ve", "'v", "'RE", "'d", "'m", "'t", "'ſ", "'sx", "t's's",
        "0", "12", "123", "1234", "12345678901", "½", "٣٤٥٦", "Ⅷ", "@[`{", "...", "//", "/\n/", "€", "“",
        "ß", "ﬁ", "Ǆ", "ǅ", "日本語", "ー", "ʰ", "Ж", "жук", "हिन्दी", "தமிழ்", "ไทยนี้", "العَرَبية",
        "❤\ufe0f", "🙂", "👍🏽", "𝟘", "𝒜", "\U000E0041", new string(' ', 66), new string('9', 68), new string('W', 63),
    ];

    private static readonly byte[][] MalformedParts =
    [
        [0x80], [0xC0, 0x80], [0xC3], [0xE2, 0x80], [0xE0, 0x80, 0x80], [0xE0, 0x8C, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x99],
        [0xF5], [0xFF, 0xFE],
    ];

    private static readonly byte[] ManyScripts = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(
        """
        It's 12345 ISO-8859, “naïveté” in CamelCase — they'LL've #1!;

            // 中文ABC。「日本語のテキスト」はHTML5、한국어 문장입니다. हिन्दी में वाक्य। ภาษาไทยไม่มีช่องว่าง  தமிழ் மொழி
        Привет, МИР! Γειά σου Κόσμε. שָׁלוֹם עולם 3.14159 العَرَبية ٢٠٢٤ Tiếng Việt, ქართული Հայերեն မြန်မာ ខ្មែរ 🙂👍🏽❤️ 𝒜𝟘

        """.ReplaceLineEndings("\r\n"), 9)));

    public static TheoryData<string> Names => ["cl100k", "qwen2", "o200k", "tekken", "any"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Cuts_all_short_texts_like_the_automaton_wherever_they_lie_in_a_block(string name)
    {
        Pair pair = Pair.Of(name);
        byte[][] alphabet = [.. Alphabet.Select(Encoding.UTF8.GetBytes), [0x80]];
        byte[] text = new byte[80];
        Comparison comparison = new(pair, text.Length);
        // What the registers are made of is for the tests of the classifiers: there are too many texts here for registers in software.
        int scanner = Vector512.IsHardwareAccelerated ? 0 : Vector256.IsHardwareAccelerated ? 1 : Vector128.IsHardwareAccelerated ? 2 : 3;
        foreach (int before in (int[])[0, 58, 61, 63])
        {
            text.AsSpan(0, before).Fill((byte)'-');
            for (int number = 0; number < alphabet.Length * alphabet.Length * alphabet.Length * alphabet.Length; number++)
            {
                int length = before;
                for (int rest = number, i = 0; i < 4; rest /= alphabet.Length, i++)
                {
                    byte[] letter = alphabet[rest % alphabet.Length];
                    letter.CopyTo(text, length);
                    length += letter.Length;
                }
                comparison.Check(text.AsSpan(0, length), scanner);
                if (before == 0) comparison.Check(text.AsSpan(0, length), pair.Scanners.Length - 1);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Cuts_random_bytes_like_the_automaton(string name)
    {
        Pair pair = Pair.Of(name);
        Comparison comparison = new(pair, 210_000);
        for (int seed = 0; seed < 2_000; seed++)
        {
            byte[] text = Make(new Random(seed), seed % 50 == 0 ? 3_000 : 120);
            for (int scanner = 0; scanner < pair.Scanners.Length; scanner++) comparison.Check(text, scanner);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Fills_what_it_is_given_and_goes_on_from_there(string name)
    {
        Pair pair = Pair.Of(name);
        for (int seed = 0; seed < 600; seed++)
        {
            byte[] text = Make(new Random(seed), 120);
            int[] expected = Ends(pair.Plain.Split, text, 4096);
            int room = 1 + (seed % 40);
            foreach (Scan scan in pair.Scanners)
            {
                if (!expected.AsSpan().SequenceEqual(Ends(scan, text, room)))
                    Assert.Fail($"seed {seed}, {room} at a time: {Convert.ToHexString(text)}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Knows_the_class_of_every_code_point_between_any_neighbours(string name)
    {
        Pair pair = Pair.Of(name);
        foreach (string neighbours in (string[])["aA", "A ", " a", "中A", ". ", "1."])
        {
            List<byte> text = [];
            for (int value = 0; value < 0x20000; value++)
            {
                if (Rune.TryCreate(value, out Rune rune)) text.AddRange(Encoding.UTF8.GetBytes($"{neighbours[0]}{rune}{neighbours[1]}"));
            }
            byte[] bytes = [.. text];
            int[] expected = Ends(pair.Plain.Split, bytes, bytes.Length);

            foreach (Scan scan in pair.Scanners) Assert.Equal(expected, Ends(scan, bytes, bytes.Length + SetBits.Slack));
        }
    }

    [Fact]
    public void The_patterns_of_models_are_cut_as_by_the_automaton()
    {
        foreach (string name in PreTokenizers.Names.Where(name => name != "gpt2"))
        {
            IPreTokenizer preTokenizer = PreTokenizers.Get(name);
            PatternPreTokenizer automaton = new(preTokenizer.Pattern);
            int[] expected = Ends(automaton.Split, ManyScripts, 256);
            foreach (int room in (int[])[1, 2, 31, 256]) Assert.Equal(expected, Ends(preTokenizer.Split, ManyScripts, room));
            for (int length = 0; length <= ManyScripts.Length; length += 7)
                Assert.Equal(automaton.FindSafeCut(ManyScripts.AsSpan(0, length)), preTokenizer.FindSafeCut(ManyScripts.AsSpan(0, length)));
            Assert.Equal(0, preTokenizer.Split([], new int[1]));
            Assert.Throws<ArgumentException>(() => preTokenizer.Split(ManyScripts, []));
        }
    }

    [SharedDataFact("corpora/tinyshakespeare.txt")]
    public void A_corpus_is_cut_as_by_the_automaton()
    {
        byte[] text = File.ReadAllBytes(SharedData.TryFind("corpora/tinyshakespeare.txt")!);
        foreach (string name in PreTokenizers.Names.Where(name => name != "gpt2"))
        {
            IPreTokenizer preTokenizer = PreTokenizers.Get(name);

            Assert.Equal(Ends(new PatternPreTokenizer(preTokenizer.Pattern).Split, text, 256), Ends(preTokenizer.Split, text, 256));
        }
    }

    [Fact]
    public void A_long_pre_token_is_not_read_again_and_again()
    {
        // Each of these is one pre-token of a megabyte, or a few, and would take minutes if each block or each call began at its start.
        foreach (string part in (string[])["a", "A", "中", "\u0301", " ", "\n", "\n ", ".", "/", "!\u0301", "a\u0301", "é"])
        {
            byte[] text = Encoding.UTF8.GetBytes("中" + string.Concat(Enumerable.Repeat(part, 1_000_000 / part.Length)) + "'s");
            foreach (string name in PreTokenizers.Names.Where(name => name != "gpt2"))
            {
                IPreTokenizer preTokenizer = PreTokenizers.Get(name);

                Assert.Equal(Ends(new PatternPreTokenizer(preTokenizer.Pattern).Split, text, 256), Ends(preTokenizer.Split, text, 3));
            }
        }
    }

    private static int[] Ends(Scan scan, byte[] text, int room)
    {
        List<int> all = [];
        int[] ends = new int[room];
        for (int start = 0; start < text.Length; start = all[^1])
        {
            int count = scan(text.AsSpan(start), ends);
            for (int i = 0; i < count; i++) all.Add(start + ends[i]);
        }
        return [.. all];
    }

    private static int MatchOneByOne<TRules>(ReadOnlySpan<byte> text, Span<int> ends)
        where TRules : struct, IWordRules
    {
        int count = 0;
        for (int position = 0; position < text.Length && count < ends.Length; count++)
            ends[count] = position = WordMatcher.FindEnd<TRules>(text, position);
        return count;
    }

    private static byte[] Make(Random random, int most)
    {
        List<byte> text = [];
        byte[][] kinds = [.. random.GetItems(Parts, 1 + random.Next(12)).Select(Encoding.UTF8.GetBytes)];
        if (random.Next(4) == 0) kinds = [.. kinds, .. random.GetItems(MalformedParts, 1 + random.Next(3))];
        for (int parts = random.Next(most); parts > 0; parts--) text.AddRange(kinds[random.Next(kinds.Length)]);
        return [.. text];
    }

    /// <summary>cl100k's pattern with numbers of any length.</summary>
    private readonly struct AnyNumberRules : IWordRules
    {
        public static int MaxNumberLength => int.MaxValue;

        public static ContractionPlace Contractions => ContractionPlace.Alone;

        public static bool TellCase => false;

        public static bool SlashesFollow => false;
    }

    /// <summary>
    /// A pattern's automaton, its scanners, and last the matcher of one code point after the other. Vector types run everywhere, in
    /// software where there is no such hardware.
    /// </summary>
    private sealed record Pair(PatternPreTokenizer Plain, Scan[] Scanners)
    {
        public static Pair Of(string name) => name switch
        {
            "cl100k" => Make<Cl100kRules>(PreTokenizers.Cl100k.Pattern),
            "qwen2" => Make<Qwen2Rules>(PreTokenizers.Qwen2.Pattern),
            "o200k" => Make<O200kRules>(PreTokenizers.O200k.Pattern),
            "tekken" => Make<TekkenRules>(PreTokenizers.Tekken.Pattern),
            _ => Make<AnyNumberRules>(PreTokenizers.Cl100k.Pattern.Replace("{1,3}", "+", StringComparison.Ordinal)),
        };

        private static Pair Make<TRules>(string pattern)
            where TRules : struct, IWordRules
        {
            PatternPreTokenizer automaton = new(pattern);
            return new Pair(automaton,
            [
                (text, ends) => WordScanner.Split<Vector512Classifier, TRules>(text, ends),
                (text, ends) => WordScanner.Split<Vector256Classifier, TRules>(text, ends),
                (text, ends) => WordScanner.Split<Vector128Classifier, TRules>(text, ends),
                (text, ends) => WordScanner.Split<ScalarClassifier, TRules>(text, ends),
                MatchOneByOne<TRules>,
            ]);
        }
    }

    /// <summary>Compares without allocating.</summary>
    private sealed class Comparison(Pair pair, int room)
    {
        private readonly int[] _expected = new int[room], _actual = new int[room + SetBits.Slack];

        public void Check(ReadOnlySpan<byte> text, int scanner)
        {
            int expected = pair.Plain.Split(text, _expected);
            int actual = pair.Scanners[scanner](text, _actual);

            if (!_expected.AsSpan(0, expected).SequenceEqual(_actual.AsSpan(0, actual)))
                Assert.Fail($"{pair.Plain.Pattern}, scanner {scanner}, {Convert.ToHexString(text)} ({Encoding.UTF8.GetString(text)}): " +
                    $"{string.Join(' ', _expected[..expected])} expected, {string.Join(' ', _actual[..actual])} found");
        }
    }
}
