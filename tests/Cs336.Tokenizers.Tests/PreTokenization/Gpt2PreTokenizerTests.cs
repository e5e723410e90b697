using System.Text;

namespace Cs336.Tokenizers.Tests;

public class Gpt2PreTokenizerTests
{
    [Theory]
    [InlineData("I'll say it's 42!", "I|'ll| say| it|'s| 42|!")]
    [InlineData("a  b   \n c\n\nd  ", "a| | b|   \n| c|\n|\n|d|  ")]
    [InlineData("'lx 'll ''s", "'|lx| '|ll| ''|s")]
    [InlineData("don’t 日本語。 １２½ \u00a0x", "don|’|t| 日本語|。| １２½| |\u00a0|x")]
    [InlineData("𐐀b 🙂𝟘 c", "𐐀b| 🙂|𝟘| c")]
    public void Cuts_as_the_pattern_says(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Split(Encoding.UTF8.GetBytes(text)).Select(Encoding.UTF8.GetString)));

    [Fact]
    public void Equals_the_regular_expression_on_every_bmp_character()
    {
        for (int value = 0; value < 0x10000; value++)
        {
            if (char.IsSurrogate((char)value)) continue;
            string text = $"a{(char)value}1 {(char)value}{(char)value}";

            Assert.True(
                NaivePreTokenizer.PreTokens(text).SequenceEqual(Split(Encoding.UTF8.GetBytes(text)).Select(Encoding.UTF8.GetString)),
                $"U+{value:X4}");
        }
    }

    [Fact]
    public void Equals_the_regular_expression_on_random_texts()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            string text = RandomText.Make(new Random(seed), 50);

            Assert.Equal(NaivePreTokenizer.PreTokens(text), Split(Encoding.UTF8.GetBytes(text)).Select(Encoding.UTF8.GetString));
        }
    }

    [Fact]
    public void A_safe_cut_never_changes_the_pre_tokens()
    {
        int cuts = 0;
        for (int seed = 0; seed < 1000; seed++)
        {
            byte[] text = Encoding.UTF8.GetBytes(RandomText.Make(new Random(seed), 30));
            List<int> ends = Ends(text);
            for (int seen = 0; seen <= text.Length; seen++)
            {
                int cut = Gpt2PreTokenizer.Instance.FindSafeCut(text.AsSpan(0, seen));
                if (cut == 0) continue;
                cuts++;
                Assert.True(cut < seen && ends.Contains(cut), $"seed {seed}: {cut} of {seen}");
            }
        }
        Assert.True(cuts > 10_000);
    }

    [Fact]
    public void Malformed_bytes_are_symbols() =>
        Assert.Equal([1, 4, 5], Ends([(byte)'a', 0xFF, 0xE6, 0x97, (byte)'b']));

    private static List<int> Ends(byte[] text)
    {
        // Room for two at a time, so that calling again is tested too.
        Span<int> ends = stackalloc int[2];
        List<int> all = [];
        for (int start = 0; start < text.Length; start = all[^1])
        {
            int count = Gpt2PreTokenizer.Instance.Split(text.AsSpan(start), ends);
            foreach (int end in ends[..count]) all.Add(start + end);
        }
        return all;
    }

    private static IEnumerable<byte[]> Split(byte[] text)
    {
        int start = 0;
        foreach (int end in Ends(text))
        {
            yield return text[start..end];
            start = end;
        }
    }
}
