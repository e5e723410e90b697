using System.Text;

namespace Cs336.Tokenizers.Tests;

public class PreTokenEncoderTests
{
    [Fact]
    public void All_ways_equal_the_naive_encoder_on_random_pre_tokens()
    {
        for (int seed = 0; seed < 150; seed++)
        {
            Random random = new(seed);
            BpeModel model = RandomModel(random);
            BpeSymbols symbols = new(model.Vocabulary);
            BpeMergeTable merges = new(symbols);
            PreTokenEncoder encoder = new(symbols, merges);
            LongPreTokenEncoder longEncoder = new(symbols, merges);
            for (int i = 0; i < 20; i++)
            {
                string preToken = RandomLetters(random, 1 + random.Next(100));
                byte[] bytes = Encoding.UTF8.GetBytes(preToken);
                List<int> expected = NaiveBpeEncoder.Encode(model, preToken, allowSpecial: false);

                Assert.Equal(expected, Run(encoder.EncodeByScan, bytes));
                Assert.Equal(expected, Run(encoder.EncodeBySearch, bytes));
                Assert.Equal(expected, Run(longEncoder.EncodeByQueue, bytes));
            }
        }
    }

    [Theory]
    [InlineData(1 << 10)]
    [InlineData(1 << 29)] // a pair does not fit a slot
    [InlineData(int.MaxValue)]
    public void Each_pair_has_the_rank_of_its_merge_however_many_ids_there_are(int symbolCount)
    {
        BpeModel model = RandomModel(new Random(7));
        BpeMergeTable table = new(new BpeSymbols(model.Vocabulary), symbolCount);
        Dictionary<(int, int), int> ranks = model.Merges.Select((merge, rank) => (merge, rank))
            .ToDictionary(pair => (pair.merge.Left, pair.merge.Right), pair => pair.rank);
        for (int left = 0; left < model.VocabSize; left++)
        {
            for (int right = 0; right < model.VocabSize; right++)
            {
                int rank = table.Rank(left, right);

                Assert.Equal(ranks.GetValueOrDefault((left, right), BpeMergeTable.NoMerge), rank);
                if (rank != BpeMergeTable.NoMerge) Assert.Equal(model.Merges[rank].Result, table.Result(rank));
            }
        }
    }

    [Fact]
    public void Pre_tokens_of_every_length_equal_the_naive_encoder_whatever_way_is_taken()
    {
        // Around 16, 96, 128 and 1024 bytes another way begins to be the fastest.
        foreach (int length in (int[])[.. Enumerable.Range(1, 140), .. Enumerable.Range(1020, 10)])
        {
            Random random = new(length);
            BpeModel model = RandomModel(random);
            BpeSymbols symbols = new(model.Vocabulary);
            PreTokenEncoder encoder = new(symbols, new BpeMergeTable(symbols));
            for (int i = 0; i < (length < 200 ? 8 : 1); i++)
            {
                string preToken = RandomLetters(random, length);
                byte[] bytes = Encoding.UTF8.GetBytes(preToken);
                List<int> expected = NaiveBpeEncoder.Encode(model, preToken, allowSpecial: false);

                Assert.Equal(expected, Run(encoder.Encode, bytes));
                if (length <= 128) Assert.Equal(expected, Run(encoder.EncodeBySearch, bytes));
            }
        }
    }

    [Fact]
    public void Windows_equal_the_queue_on_random_pre_tokens()
    {
        for (int seed = 0; seed < 400; seed++)
        {
            Random random = new(seed);
            BpeModel model = RandomModel(random);
            BpeSymbols symbols = new(model.Vocabulary);
            LongPreTokenEncoder encoder = new(symbols, new BpeMergeTable(symbols));
            byte[] bytes = Encoding.UTF8.GetBytes(RandomLetters(random, 1025 + random.Next(5000)));

            Assert.Equal(Run(encoder.EncodeByQueue, bytes), Run(encoder.EncodeByWindows, bytes));
        }
    }

    [Theory]
    [InlineData("aaa")]
    [InlineData("aaaaaaa")]
    [InlineData("abcabca")]
    public void Windows_equal_the_queue_where_tokens_do_not_divide_them(string token)
    {
        // One repeated letter shifts every later token when a window does not end where a token does.
        BpeModel model = Models.Train(string.Concat(Enumerable.Repeat(token + " ", 50)), 256 + token.Length);
        BpeSymbols symbols = new(model.Vocabulary);
        LongPreTokenEncoder encoder = new(symbols, new BpeMergeTable(symbols));
        for (int length = 1025; length < 1060; length++)
        {
            byte[] bytes = [.. Enumerable.Range(0, length * 5).Select(i => (byte)token[i % token.Length])];

            Assert.Equal(Run(encoder.EncodeByQueue, bytes), Run(encoder.EncodeByWindows, bytes));
        }
    }

    [Fact]
    public void Merges_in_any_order_of_rank_are_applied_lowest_first()
    {
        // "ab" is made by the last merge, although the first one needs it: no training gives such ranks, but a file may.
        BpeModel model = new(
            [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), "ab"u8.ToArray(), "abc"u8.ToArray(), "bc"u8.ToArray()],
            [new BpeMerge(256, 'c', 257), new BpeMerge('b', 'c', 258), new BpeMerge('a', 'b', 256)], []);
        BpeSymbols symbols = new(model.Vocabulary);
        BpeMergeTable merges = new(symbols);
        PreTokenEncoder encoder = new(symbols, merges);
        LongPreTokenEncoder longEncoder = new(symbols, merges);
        byte[] many = [.. Enumerable.Repeat("abcab"u8.ToArray(), 1000).SelectMany(bytes => bytes)];

        Assert.Equal(['a', 258, 256], Run(encoder.EncodeByScan, "abcab"u8.ToArray()));
        Assert.Equal(['a', 258, 256], Run(encoder.EncodeBySearch, "abcab"u8.ToArray()));
        Assert.Equal(['a', 258, 256], Run(longEncoder.EncodeByQueue, "abcab"u8.ToArray()));
        Assert.Equal(Enumerable.Repeat<int[]>(['a', 258, 256], 1000).SelectMany(ids => ids), Run(longEncoder.EncodeByWindows, many));
    }

    private delegate int Way(ReadOnlySpan<byte> preToken, Span<int> ids);

    private static int[] Run(Way way, byte[] preToken)
    {
        int[] ids = new int[preToken.Length];
        return ids[..way(preToken, ids)];
    }

    private static BpeModel RandomModel(Random random) =>
        Models.Train(RandomLetters(random, 200 + random.Next(400)), 257 + random.Next(60));

    private static string RandomLetters(Random random, int length) =>
        new(random.GetItems("abc".AsSpan(0, 1 + random.Next(3)), length));
}
