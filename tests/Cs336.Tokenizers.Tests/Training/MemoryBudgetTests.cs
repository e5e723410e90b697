using System.Text;

namespace Cs336.Tokenizers.Tests;

public class MemoryBudgetTests
{
    private const int MinBudget = 16 << 20;

    [Fact]
    public void Counts_that_spill_to_files_are_the_same()
    {
        const int Words = 1_200_000;
        Gpt2PreTokenizer preTokenizer = Gpt2PreTokenizer.Instance;
        Recorder recorder = new();
        using StreamBlockSource source = new(
            [new TextStream("The text", () => new MemoryStream(Text(Words, repeats: 2)))],
            text => preTokenizer.FindSafeCut(text), leaveOpen: false);
        TrainingReporter reporter = new(recorder, mergesTotal: 0, CancellationToken.None);
        PreTokenCounter counter = new(preTokenizer, new SpecialTokenMatcher([]), threadCount: 3, MinBudget, reporter);

        using IPreTokenCollection counts = counter.Count(source);

        Tally tally = new(expectedCount: 2);
        counts.Visit(ref tally);
        Assert.Equal((Words, 0), (tally.AsExpected, tally.Otherwise));
        Assert.True(recorder.Last.SpilledBytes > 0);
    }

    [Fact]
    public void The_rarest_are_left_out_where_not_all_fit()
    {
        // The first 50,000 words fit, and stand three times each; the others stand once.
        byte[] frequent = Text(50_000, repeats: 3);
        byte[] text = [.. frequent, .. Text(300_000, repeats: 1).AsSpan(frequent.Length / 3)];
        List<string> expected = Models.SpellMerges(Train(frequent, threads: 1, budget: null));
        foreach (int threads in (int[])[1, 3])
        {
            Recorder recorder = new();

            BpeModel model = Train(text, threads, MinBudget, recorder);

            Assert.Equal((250_000, 2), (recorder.Last.PrunedPreTokens, recorder.Last.MinPreTokenCount));
            Assert.Equal(expected, Models.SpellMerges(model));
        }
    }

    private static BpeModel Train(byte[] text, int threads, long? budget, Recorder? recorder = null) =>
        new BpeTrainer(new BpeTrainerOptions { VocabSize = 500, ThreadCount = threads, MemoryBudget = budget })
            .Train(new MemoryStream(text), recorder);

    /// <summary>Words of eight bytes and a space, all distinct, all of them as often as asked for.</summary>
    private static byte[] Text(int words, int repeats)
    {
        StringBuilder text = new(words * 9 * repeats);
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            for (int i = 0; i < words; i++)
            {
                text.Append(' ');
                // A multiplication modulo a power of two is a bijection, so no word comes twice.
                uint bits = (uint)i * 2654435761;
                for (int shift = 0; shift < 32; shift += 4) text.Append((char)('a' + ((bits >> shift) & 15)));
            }
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private sealed class Recorder : IProgress<BpeTrainingProgress>
    {
        public BpeTrainingProgress Last { get; private set; }

        public void Report(BpeTrainingProgress value) => Last = value;
    }

    private struct Tally(long expectedCount) : IPreTokenVisitor
    {
        public int AsExpected { get; private set; }

        public int Otherwise { get; private set; }

        public void Visit(ReadOnlySpan<byte> preToken, long count)
        {
            if (count == expectedCount && preToken.Length == 9) AsExpected++;
            else Otherwise++;
        }
    }
}
