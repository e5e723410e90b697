using System.Text;

namespace Cs336.Tokenizers.Tests;

public class PreTokenStoreTests
{
    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(0)]
    public void Adds_up_what_several_threads_put_in(long maxBytes)
    {
        const int Threads = 3;
        Dictionary<string, long>[] expected = [.. Enumerable.Range(0, Threads).Select(_ => new Dictionary<string, long>())];
        using PreTokenStore store = new(maxBytes);

        Parallel.For(0, Threads, thread =>
        {
            Random random = new(thread);
            PreTokenCounts counts = new();
            PreTokenCounts empty = new();
            for (int round = 0; round < 20; round++)
            {
                for (int i = 0; i < 5_000; i++)
                {
                    string word = Word(random);
                    // Now and then more than 32 bits hold.
                    long count = random.Next(50) == 0 ? random.NextInt64(1L << 50) : 1;
                    counts.Add(Encoding.UTF8.GetBytes(word), count);
                    expected[thread][word] = expected[thread].GetValueOrDefault(word) + count;
                }
                store.Take(counts, empty);
                Assert.True(counts.IsEmpty);
                Assert.True(empty.IsEmpty);
            }
        });
        store.AddUp(Threads);

        Assert.Equal(maxBytes == 0, store.FileBytes > 0);
        Dictionary<string, long> all = expected.SelectMany(own => own).GroupBy(pair => pair.Key)
            .ToDictionary(group => group.Key, group => group.Sum(pair => pair.Value));
        // Training visits twice.
        for (int visit = 0; visit < 2; visit++)
        {
            Collector collector = new([]);
            store.Visit(ref collector);
            Assert.Equal(all, collector.Counts);
        }
    }

    [Fact]
    public void Is_empty_until_it_takes_something()
    {
        using PreTokenStore store = new(long.MaxValue);
        PreTokenCounts counts = new();
        store.Take(counts, new PreTokenCounts());
        Assert.True(store.IsEmpty);

        counts.Add("a"u8, 1);
        store.Take(counts, new PreTokenCounts());
        Assert.False(store.IsEmpty);
    }

    // Mostly short, some too long to pack, a few longer than a page.
    private static string Word(Random random)
    {
        string number = random.Next(20_000).ToString();
        return random.Next(1000) == 0 ? new string('x', 20_000) + number[..1] : random.Next(5) == 0 ? new string('y', 16) + number : number;
    }

    private readonly struct Collector(Dictionary<string, long> counts) : IPreTokenVisitor
    {
        public Dictionary<string, long> Counts => counts;

        // Adding throws where a pre-token comes twice.
        public void Visit(ReadOnlySpan<byte> preToken, long count) => counts.Add(Encoding.UTF8.GetString(preToken), count);
    }
}
