using System.Text;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public class BpeTokenizerTests
{
    private static readonly BpeTokenizer Small = new(Models.Small("<|endoftext|>", "<|endoftext|><|endoftext|>"));

    [Fact]
    public void Equals_the_naive_encoder_on_random_texts()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            Random random = new(seed);
            BpeTokenizer tokenizer = new(Models.Train(RandomText.Make(random, 200) + "ab", 330, RandomText.SpecialTokens));
            string text = RandomText.Make(random, 60);

            Assert.Equal(
                NaiveBpeEncoder.Encode(tokenizer.Model, text, allowSpecial: true), tokenizer.Encode(text, SpecialTokenHandling.Allow));
            Assert.Equal(NaiveBpeEncoder.Encode(tokenizer.Model, text, allowSpecial: false), tokenizer.Encode(text));
        }
    }

    [Fact]
    public void Equals_the_naive_encoder_on_thousands_of_texts_through_one_cache()
    {
        BpeTokenizer tokenizer = new(Models.Train(RandomText.Make(new Random(7), 2000), 340, RandomText.SpecialTokens));
        for (int seed = 0; seed < 3000; seed++)
        {
            string text = RandomText.Make(new Random(seed), 40);
            bool allow = seed % 2 == 0;

            Assert.True(
                NaiveBpeEncoder.Encode(tokenizer.Model, text, allow).SequenceEqual(
                    tokenizer.Encode(text, allow ? SpecialTokenHandling.Allow : SpecialTokenHandling.Ignore)), $"seed {seed}");
        }
    }

    [Fact]
    public void A_text_met_before_is_encoded_without_allocating()
    {
        byte[] text = Encoding.UTF8.GetBytes(RandomText.Make(new Random(8), 5000) + new string('x', 90) + "日本語日本語日本語");
        CountingWriter ids = new();
        Small.Encode(text, ids, SpecialTokenHandling.Allow);
        Assert.Equal(0, Allocations.FewestOf(() => Small.Encode(text, ids, SpecialTokenHandling.Allow)));
    }

    [Fact]
    public void A_pre_tokenizer_that_finds_nothing_is_named()
    {
        BpeModel model = new(
            Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), [], [], new FindsNothing());

        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => new BpeTokenizer(model).Encode("abc"));

        Assert.Equal($"{typeof(FindsNothing)} found no pre-token in a text of 3 bytes.", e.Message);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(2, 1)]
    [InlineData(0, 3)]
    [InlineData(-1, 3)]
    [InlineData(2, 4)]
    [InlineData(1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 10, 11, 12, 13, 14, 15, 16, 17)]
    public void A_pre_tokenizer_whose_cuts_do_not_rise_within_the_text_is_named(params int[] cuts)
    {
        BpeModel model = new(
            Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), [], [], new CutsAt(cuts));
        string text = new('a', cuts.Length == 2 ? 3 : 17);

        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => new BpeTokenizer(model).Encode(text));

        Assert.Equal(
            $"{typeof(CutsAt)} cut a text of {text.Length} bytes at {string.Join(", ", cuts)}, but cuts must rise up to its end at most.",
            e.Message);
    }

    private sealed class CutsAt(int[] cuts) : IPreTokenizer
    {
        public string Pattern => "";

        public int Split(ReadOnlySpan<byte> utf8Text, Span<int> ends)
        {
            cuts.CopyTo(ends);
            return cuts.Length;
        }

        public int FindSafeCut(ReadOnlySpan<byte> utf8Text) => 0;
    }

    private sealed class FindsNothing : IPreTokenizer
    {
        public string Pattern => "";

        public int Split(ReadOnlySpan<byte> utf8Text, Span<int> ends) => 0;

        public int FindSafeCut(ReadOnlySpan<byte> utf8Text) => 0;
    }

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(5000)]
    public void Long_pre_tokens_equal_the_naive_encoder(int length)
    {
        BpeTokenizer tokenizer = new(Models.Train(RandomLetters(1, 3000), 400));
        foreach (string text in (string[])[new string('a', length), RandomLetters(2, length)])
            Assert.Equal(NaiveBpeEncoder.Encode(tokenizer.Model, text, allowSpecial: false), tokenizer.Encode(text));
    }

    [Fact]
    public void Any_bytes_come_back()
    {
        Random random = new(1);
        for (int i = 0; i < 300; i++)
        {
            byte[] bytes = new byte[random.Next(100)];
            random.NextBytes(bytes);

            Assert.Equal(bytes, Small.DecodeBytes(Small.Encode(bytes)));
        }
    }

    [Fact]
    public void Special_tokens_are_text_unless_allowed()
    {
        Assert.DoesNotContain(0, Small.Encode("the<|endoftext|>"));
        Assert.Equal("the<|endoftext|>", Small.Decode(Small.Encode("the<|endoftext|>")));
        Assert.Equal([.. Small.Encode("the"), 0], Small.Encode("the<|endoftext|>", SpecialTokenHandling.Allow));
    }

    [Fact]
    public void Of_overlapping_special_tokens_the_longest_counts() =>
        Assert.Equal([1, 0], Small.Encode(string.Concat(Enumerable.Repeat("<|endoftext|>", 3)), SpecialTokenHandling.Allow));

    [Fact]
    public void A_forbidden_special_token_is_named_with_its_place()
    {
        ForbiddenSpecialTokenException e = Assert.Throws<ForbiddenSpecialTokenException>(
            () => Small.Encode("é <|endoftext|>", SpecialTokenHandling.Forbid));

        Assert.Equal(
            "The text holds the special token '<|endoftext|>' at byte 3, but special tokens are forbidden here: remove it, " +
            "or pass SpecialTokenHandling.Allow or Ignore.", e.Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(300)]
    public void An_unknown_id_is_named(int id)
    {
        ArgumentOutOfRangeException e = Assert.Throws<ArgumentOutOfRangeException>(() => Small.Decode([id]));

        Assert.StartsWith($"The id is {id}, but this vocabulary's ids are 0 to {Small.VocabSize - 1}.", e.Message);
    }

    [Fact]
    public void May_be_used_from_many_threads()
    {
        string text = string.Concat(Enumerable.Range(0, 2000).Select(i => $"the {i} cats' naïve mat {i * 7919 % 1000}\n"));
        int[] expected = new BpeTokenizer(Small.Model).Encode(text);

        Parallel.For(0, 8, _ => Assert.Equal(expected, Small.Encode(text)));
    }

    private static string RandomLetters(int seed, int length) => new(new Random(seed).GetItems<char>("abc", length));

    [Fact]
    public void A_lone_surrogate_becomes_the_replacement_character() =>
        Assert.Equal("a\uFFFD", Small.Decode(Small.Encode("a\ud800")));

    [Fact]
    public void The_empty_text_has_no_ids()
    {
        Assert.Empty(Small.Encode(""));
        Assert.Equal("", Small.Decode([]));
        Assert.Equal(Encoding.UTF8.GetBytes("<|endoftext|>"), Small.GetTokenBytes(0).ToArray());
    }
}
