namespace Cs336.Tokenizers.Tests;

public class PreTokenCacheTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gives_back_the_ids_of_the_very_pre_token_or_none(bool isNarrow)
    {
        Random random = new(1);
        PreTokenCache cache = new(isNarrow);
        Dictionary<string, int[]> added = [];
        for (int i = 0; i < 200_000; i++)
        {
            byte[] preToken = new byte[1 + random.Next(random.Next(8) == 0 ? PreTokenCache.MaxPreTokenLength : 18)];
            for (int b = 0; b < preToken.Length; b++) preToken[b] = (byte)random.Next(b < 2 ? 256 : 2);
            string name = Convert.ToHexString(preToken);
            PreTokenKey key = PreTokenKey.Of(preToken);
            int[] found = Find(cache, preToken);
            if (found.Length > 0)
            {
                Assert.True(found.AsSpan().SequenceEqual(added[name]), name);
                continue;
            }
            int[] ids =
                [.. Enumerable.Range(0, 1 + random.Next(preToken.Length)).Select(_ => random.Next(isNarrow ? 65536 : int.MaxValue))];
            cache.Add(key, preToken, ids);
            added[name] = ids;
            Assert.True(Find(cache, preToken).AsSpan().SequenceEqual(ids), name);
        }
    }

    [Fact]
    public void Remembers_what_is_used_again_and_forgets_what_is_not()
    {
        PreTokenCache cache = new(isNarrow: true);
        byte[] often = "often"u8.ToArray();
        cache.Add(PreTokenKey.Of(often), often, [1]);
        for (int i = 0; i < 2_000_000; i++)
        {
            byte[] preToken = BitConverter.GetBytes(i);
            cache.Add(PreTokenKey.Of(preToken), preToken, [i & 0xFFFF]);
            Assert.Equal([1], Find(cache, often));
        }

        Assert.True(cache.TableBytes <= 32 << 20);
        Assert.Empty(Find(cache, BitConverter.GetBytes(0)));
    }

    [Theory]
    [InlineData(BpeTokenizerOptions.MinCacheBytes)]
    [InlineData(1_000_000)]
    [InlineData(10_000_000)]
    public void Takes_no_more_memory_than_it_may(long maxBytes)
    {
        PreTokenCache cache = new(isNarrow: false, maxBytes);
        for (int i = 0; i < 300_000; i++)
        {
            byte[] preToken = [.. BitConverter.GetBytes(i), .. new byte[i % 40]];
            cache.Add(PreTokenKey.Of(preToken), preToken, [.. Enumerable.Repeat(i, 1 + (i % 9))]);
        }

        Assert.InRange(cache.TableBytes + cache.ArenaBytes, maxBytes / 4, maxBytes);
    }

    [Fact]
    public void Its_size_changes_no_id_and_has_limits()
    {
        BpeModel model = Models.Train(RandomText.Make(new Random(1), 3000), 600);
        BpeTokenizer small = new(model, new BpeTokenizerOptions { CacheBytes = BpeTokenizerOptions.MinCacheBytes }), usual = new(model);
        for (int seed = 0; seed < 50; seed++)
        {
            string text = RandomText.Make(new Random(seed), 2000);
            Assert.Equal(usual.Encode(text), small.Encode(text));
        }
        foreach (long bytes in (long[])[-1, BpeTokenizerOptions.MinCacheBytes - 1, BpeTokenizerOptions.MaxCacheBytes + 1])
            Assert.Contains("CacheBytes must be 196,608 to 805,306,368",
                Assert.Throws<ArgumentOutOfRangeException>(
                    () => new BpeTokenizer(model, new BpeTokenizerOptions { CacheBytes = bytes })).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Long_pre_tokens_stay_when_their_memory_is_full_but_for_a_part(bool isNarrow)
    {
        const int added = 60_000, bytesEach = 400, ids = 100, late = 10_000;
        PreTokenCache cache = new(isNarrow);
        for (int i = 0; i < added; i++) cache.Add(PreTokenKey.Of(PreToken(i)), PreToken(i), Ids(i));

        int[] found = [.. Enumerable.Range(added - late, late).Where(i => Find(cache, PreToken(i)).Length > 0)];

        Assert.True(found.Length > late / 2, $"{found.Length} of the last {late} were found");
        Assert.All(found, i => Assert.Equal(Ids(i), Find(cache, PreToken(i))));
        Assert.Contains(added - 1, found);

        static byte[] PreToken(int i)
        {
            byte[] preToken = new byte[bytesEach];
            BitConverter.TryWriteBytes(preToken.AsSpan(i % (bytesEach - sizeof(int))), i + 1);
            return preToken;
        }

        static int[] Ids(int i) => [.. Enumerable.Range(i, ids).Select(id => id & 0xFFFF)];
    }

    [Fact]
    public void A_copy_holds_the_same_and_goes_its_own_way()
    {
        PreTokenCache cache = new(isNarrow: false);
        cache.Add(PreTokenKey.Of("a"u8), "a"u8, [1]);
        byte[] many = [.. Enumerable.Repeat((byte)'x', 40)];
        cache.Add(PreTokenKey.Of(many), many, [.. Enumerable.Range(0, 40)]);

        PreTokenCache copy = new(cache);
        copy.Add(PreTokenKey.Of("b"u8), "b"u8, [2]);

        Assert.Equal([1], Find(copy, "a"u8));
        Assert.Equal(Enumerable.Range(0, 40), Find(copy, many));
        Assert.Empty(Find(cache, "b"u8));
    }

    private static int[] Find(PreTokenCache cache, ReadOnlySpan<byte> preToken)
    {
        int[] ids = new int[PreTokenCache.MaxPreTokenLength + PreTokenCache.WrittenIds];
        return ids[..cache.Find(PreTokenKey.Of(preToken), preToken, ids)];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(15)]
    public void A_key_is_the_same_wherever_the_pre_token_stands(int length)
    {
        byte[] text = [.. Enumerable.Range(1, 40).Select(value => (byte)value)];
        PreTokenKey key = PreTokenKey.Pack(ref text[0], length);

        PreTokenKey atEnd = PreTokenKey.Of(text.AsSpan(0, length));
        byte[] otherText = [.. text[..(length - 1)], 99, .. text];
        PreTokenKey other = PreTokenKey.Pack(ref otherText[0], length);

        Assert.Equal((key.Low, key.High), (atEnd.Low, atEnd.High));
        Assert.NotEqual((key.Low, key.High), (other.Low, other.High));
    }
}
