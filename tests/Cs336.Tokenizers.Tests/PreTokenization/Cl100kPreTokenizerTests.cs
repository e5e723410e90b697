using System.Text;
using System.Text.RegularExpressions;

namespace Cs336.Tokenizers.Tests;

public partial class Cl100kPreTokenizerTests
{
    [Theory]
    [InlineData("I'll SAY IT'S 12345!", "I|'ll| SAY| IT|'S| |123|45|!")]
    [InlineData("a  b   \n c\n\nd  ", "a| | b|   \n| c|\n\n|d|  ")]
    [InlineData("x = {\r\n\t\"a\": 1};\n\n  ", "x| =| {\r\n|\t|\"a|\":| |1|};\n\n|  ")]
    [InlineData("(foo) ((bar)) 'lx 'VE '\u017f", "(foo|)| ((|bar|))| '|lx| '|VE| '|\u017f")]
    [InlineData("'\u017fa it'\u017f", "'\u017f|a| it|'\u017f")]
    [InlineData("日本語。日本 １２３４ \u00a0x", "日本語|。日本| |１２３|４| |\u00a0x")]
    [InlineData("𐐀b🙂𝟘𝟘𝟘𝟘 🙂c", "𐐀b|🙂|𝟘𝟘𝟘|𝟘| 🙂|c")]
    public void Cuts_as_the_pattern_says(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Split(Encoding.UTF8.GetBytes(text))));

    [Fact]
    public void Equals_the_regular_expression_on_every_bmp_character()
    {
        for (int value = 0; value < 0x10000; value++)
        {
            char c = (char)value;
            if (char.IsSurrogate(c)) continue;
            string text = $"a{c}1 {c}{c}b '{c}\n{c}\n1";

            Assert.True(Expected(text).SequenceEqual(Split(Encoding.UTF8.GetBytes(text))), $"U+{value:X4}");
        }
    }

    [Fact]
    public void Equals_the_regular_expression_on_random_texts()
    {
        for (int seed = 0; seed < 5000; seed++)
        {
            string text = RandomText.Make(new Random(seed), 50);

            Assert.Equal(Expected(text), Split(Encoding.UTF8.GetBytes(text)));
        }
    }

    [Fact]
    public void A_safe_cut_never_changes_the_pre_tokens()
    {
        int cuts = 0;
        for (int seed = 0; seed < 1000; seed++)
        {
            byte[] text = Encoding.UTF8.GetBytes(RandomText.Make(new Random(seed), 30));
            HashSet<int> ends = [.. Ends(text)];
            for (int from = 0; from < text.Length; from += 7)
            {
                for (int seen = from; seen <= text.Length; seen += 3)
                {
                    int cut = PreTokenizers.Cl100k.FindSafeCut(text.AsSpan(from, seen - from));
                    if (cut == 0) continue;
                    cuts++;
                    Assert.True(cut < seen - from && ends.Contains(from + cut), $"seed {seed}: {from} + {cut} of {seen}");
                }
            }
        }
        Assert.True(cuts > 10_000);
    }

    [Fact]
    public void A_model_with_it_streams_and_equals_the_naive_encoder()
    {
        BpeModel trained = Models.Train(RandomText.Make(new Random(2), 500), 330);
        BpeTokenizer tokenizer = new(new BpeModel(
            Enumerable.Range(0, trained.VocabSize).Select(id => trained.GetTokenBytes(id).ToArray()),
            trained.Merges, trained.SpecialTokens, PreTokenizers.Cl100k));
        for (int seed = 0; seed < 300; seed++)
        {
            Random random = new(seed);
            byte[] text = Encoding.UTF8.GetBytes(RandomText.Make(random, 60));
            Utf8BlockReader reader = new(
                new MemoryStream(text), block => tokenizer.FindSafeCut(block, SpecialTokenHandling.Ignore), 1 + random.Next(40));
            List<int> ids = [];
            for (ReadOnlyMemory<byte> block = reader.Read(); !block.IsEmpty; block = reader.Read())
                ids.AddRange(tokenizer.Encode(block.Span));

            Assert.Equal(
                Expected(Encoding.UTF8.GetString(text)).SelectMany(piece => NaiveBpeEncoder.EncodePreToken(tokenizer.Model, piece)), ids);
        }
    }

    [Fact]
    public void A_safe_cut_never_changes_the_pre_tokens_of_malformed_text()
    {
        Random random = new(1);
        byte[] pool = [.. "aZ1 '\r\n.\u00e9\u65e5\U0001F642"u8, 0xFF, 0xC0, 0xED, 0xA0, 0xF4];
        for (int i = 0; i < 5000; i++)
        {
            byte[] text = random.GetItems(pool, 20);
            int seen = random.Next(text.Length + 1);
            int cut = PreTokenizers.Cl100k.FindSafeCut(text.AsSpan(0, seen));

            Assert.True(cut == 0 || Ends(text).Contains(cut), Convert.ToHexString(text));
        }
    }

    [Fact]
    public void Malformed_bytes_are_symbols() =>
        Assert.Equal([1, 5], Ends([(byte)'a', 0xFF, 0xE6, 0x97, (byte)'\n', (byte)'1']).Take(2));

    private static IEnumerable<string> Expected(string text) => Pattern().Matches(text).Select(match => match.Value);

    private static List<int> Ends(byte[] text)
    {
        Span<int> ends = stackalloc int[2];
        List<int> all = [];
        for (int start = 0; start < text.Length; start = all[^1])
        {
            int count = PreTokenizers.Cl100k.Split(text.AsSpan(start), ends);
            foreach (int end in ends[..count]) all.Add(start + end);
        }
        return all;
    }

    private static IEnumerable<string> Split(byte[] text)
    {
        int start = 0;
        foreach (int end in Ends(text))
        {
            yield return Encoding.UTF8.GetString(text.AsSpan(start, end - start));
            start = end;
        }
    }

    // .NET has no possessive quantifiers, but atomic groups, which are the same; and it does not count ſ as an s.
    [GeneratedRegex(
        @"'(?:[sdmtSDMT\u017f]|[lL][lL]|[vV][eE]|[rR][eE])|(?>[^\r\n\p{L}\p{N}]?)\p{L}+|\p{N}{1,3}| ?(?>[^\s\p{L}\p{N}]+)[\r\n]*"
        + @"|\s*[\r\n]|\s+(?!\S)|\s+")]
    private static partial Regex Pattern();
}
