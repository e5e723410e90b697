using System.Text;

namespace Cs336.Tokenizers.Tests;

public class PreTokenCounterTests
{
    [Fact]
    public void Neither_threads_nor_blocks_change_the_counts()
    {
        for (int seed = 0; seed < 1000; seed++)
        {
            Random random = new(seed);
            string text = RandomText.Make(random, random.Next(60)) + (random.Next(2) == 0 ? " 𐐀𐐀🙂 𝟘" : "") + RandomText.Make(
                random, random.Next(60));
            string[] special = [.. RandomText.SpecialTokens.Take(random.Next(RandomText.SpecialTokens.Length + 1))];
            int threads = 1 + random.Next(3);
            int blockLength = 1 + random.Next(100);

            Dictionary<string, long> counts = Count(text, special, threads, blockLength);

            Dictionary<string, long> expected = Expect(text, special);
            if (expected.Count != counts.Count || expected.Any(pair => counts.GetValueOrDefault(pair.Key) != pair.Value))
                Assert.Fail($"seed {seed}, {threads} threads, blocks of {blockLength}: '{text}'");
        }
    }

    [Fact]
    public void Tables_grow_and_join()
    {
        // Words around the length that packs, more distinct ones than the first table holds, each as often as its number modulo 5.
        StringBuilder text = new();
        for (int repeat = 1; repeat < 5; repeat++)
        {
            for (int i = 0; i < 20_000; i++)
            {
                if (i % 5 >= repeat)
                    text.Append(' ').Append('x', i % 40).Append((char)('a' + (i % 26))).Append(
                        new string([.. i.ToString().Select(digit => (char)(digit + 0x100))]));
            }
        }

        Dictionary<string, long> counts = Count(text.ToString(), [], threads: 3, blockLength: 10_000);

        Assert.Equal(16_000, counts.Count);
        Assert.Equal(Expect(text.ToString(), []), counts);
    }

    private static Dictionary<string, long> Count(string text, string[] special, int threads, int blockLength)
    {
        SpecialTokenMatcher matcher = new(special.Select((token, index) => KeyValuePair.Create(token, index)));
        using StreamBlockSource source = new(
            [new TextStream("The text", () => new MemoryStream(Encoding.UTF8.GetBytes(text)))],
            part => matcher.FindSafeCut(part, Gpt2PreTokenizer.Instance), leaveOpen: false, blockLength);
        TrainingReporter reporter = new(progress: null, mergesTotal: 0, CancellationToken.None);
        PreTokenCounter counter = new(Gpt2PreTokenizer.Instance, matcher, threads, memoryBudget: null, reporter);
        Collector collector = new([]);
        using IPreTokenCollection counts = counter.Count(source);
        counts.Visit(ref collector);
        Assert.Equal(Encoding.UTF8.GetByteCount(text), counter.BytesRead);
        return collector.Counts;
    }

    private static Dictionary<string, long> Expect(string text, string[] special)
    {
        Dictionary<string, long> counts = [];
        foreach ((string part, bool isSpecial) in NaivePreTokenizer.Divide(text, special))
        {
            if (isSpecial) continue;
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            int start = 0;
            foreach (int end in CodePointScanner.Ends(bytes))
            {
                string word = Encoding.UTF8.GetString(bytes[start..end]);
                counts[word] = counts.GetValueOrDefault(word) + 1;
                start = end;
            }
        }
        return counts;
    }

    private readonly struct Collector(Dictionary<string, long> counts) : IPreTokenVisitor
    {
        public Dictionary<string, long> Counts => counts;

        // Adding throws where a pre-token comes twice.
        public void Visit(ReadOnlySpan<byte> preToken, long count) => counts.Add(Encoding.UTF8.GetString(preToken), count);
    }
}
