namespace Cs336.Tokenizers.Tests;

public class PieceCacheTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gives_back_the_ids_of_the_very_pre_token_or_none(bool isNarrow)
    {
        Random random = new(1);
        PieceCache cache = new(isNarrow);
        Dictionary<string, int[]> added = [];
        for (int i = 0; i < 200_000; i++)
        {
            byte[] piece = new byte[1 + random.Next(random.Next(8) == 0 ? PieceCache.LongestPiece : 18)];
            for (int b = 0; b < piece.Length; b++) piece[b] = (byte)random.Next(b < 2 ? 256 : 2);
            string name = Convert.ToHexString(piece);
            PieceKey key = PieceKey.Of(piece);
            int[] found = Find(cache, piece);
            if (found.Length > 0)
            {
                Assert.True(found.AsSpan().SequenceEqual(added[name]), name);
                continue;
            }
            int[] ids = [.. Enumerable.Range(0, 1 + random.Next(piece.Length)).Select(_ => random.Next(isNarrow ? 65536 : int.MaxValue))];
            cache.Add(key, piece, ids);
            added[name] = ids;
            Assert.True(Find(cache, piece).AsSpan().SequenceEqual(ids), name);
        }
    }

    [Fact]
    public void Remembers_what_is_used_again_and_forgets_what_is_not()
    {
        PieceCache cache = new(isNarrow: true);
        byte[] often = "often"u8.ToArray();
        cache.Add(PieceKey.Of(often), often, [1]);
        for (int i = 0; i < 2_000_000; i++)
        {
            byte[] piece = BitConverter.GetBytes(i);
            cache.Add(PieceKey.Of(piece), piece, [i & 0xFFFF]);
            Assert.Equal([1], Find(cache, often));
        }

        Assert.True(cache.Entries.Length * 32 <= 32 << 20);
        Assert.Empty(Find(cache, BitConverter.GetBytes(0)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Long_pre_tokens_stay_when_their_memory_is_full_but_for_a_part(bool isNarrow)
    {
        const int added = 60_000, bytesEach = 400, ids = 100, late = 10_000;
        PieceCache cache = new(isNarrow);
        for (int i = 0; i < added; i++) cache.Add(PieceKey.Of(Piece(i)), Piece(i), Ids(i));

        int[] found = [.. Enumerable.Range(added - late, late).Where(i => Find(cache, Piece(i)).Length > 0)];

        Assert.True(found.Length > late / 2, $"{found.Length} of the last {late} were found");
        Assert.All(found, i => Assert.Equal(Ids(i), Find(cache, Piece(i))));
        Assert.Contains(added - 1, found);

        static byte[] Piece(int i)
        {
            byte[] piece = new byte[bytesEach];
            BitConverter.TryWriteBytes(piece.AsSpan(i % (bytesEach - sizeof(int))), i + 1);
            return piece;
        }

        static int[] Ids(int i) => [.. Enumerable.Range(i, ids).Select(id => id & 0xFFFF)];
    }

    [Fact]
    public void A_copy_holds_the_same_and_goes_its_own_way()
    {
        PieceCache cache = new(isNarrow: false);
        cache.Add(PieceKey.Of("a"u8), "a"u8, [1]);
        byte[] many = [.. Enumerable.Repeat((byte)'x', 40)];
        cache.Add(PieceKey.Of(many), many, [.. Enumerable.Range(0, 40)]);

        PieceCache copy = new(cache);
        copy.Add(PieceKey.Of("b"u8), "b"u8, [2]);

        Assert.Equal([1], Find(copy, "a"u8));
        Assert.Equal(Enumerable.Range(0, 40), Find(copy, many));
        Assert.Empty(Find(cache, "b"u8));
    }

    private static int[] Find(PieceCache cache, ReadOnlySpan<byte> piece)
    {
        int[] ids = new int[PieceCache.LongestPiece + PieceCache.WrittenIds];
        return ids[..cache.Find(PieceKey.Of(piece), piece, ids)];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(15)]
    public void A_key_is_the_same_wherever_the_pre_token_stands(int length)
    {
        byte[] text = [.. Enumerable.Range(1, 40).Select(value => (byte)value)];
        PieceKey key = PieceKey.Pack(ref text[0], length);

        PieceKey atEnd = PieceKey.Of(text.AsSpan(0, length));
        byte[] otherText = [.. text[..(length - 1)], 99, .. text];
        PieceKey other = PieceKey.Pack(ref otherText[0], length);

        Assert.Equal((key.Low, key.High), (atEnd.Low, atEnd.High));
        Assert.NotEqual((key.Low, key.High), (other.Low, other.High));
    }
}
