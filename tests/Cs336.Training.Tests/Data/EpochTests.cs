using Cs336.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class EpochTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1000)]
    [InlineData(4097)]
    public void An_order_has_every_number_once(long count)
    {
        RandomPermutation order = new(count, key: 5);
        Assert.Equal(Enumerable.Range(0, (int)count).Select(i => (long)i), Enumerable.Range(0, (int)count).Select(i => order[i]).Order());
        Assert.Throws<ArgumentOutOfRangeException>(() => order[count]);
    }

    [Fact]
    public void Every_place_of_an_order_is_equally_likely_for_every_number()
    {
        const int Count = 11, Orders = 22_000;
        int[,] seen = new int[Count, Count];
        for (ulong key = 0; key < Orders; key++)
        {
            RandomPermutation order = new(Count, SplitMix64.Mix(key));
            for (int i = 0; i < Count; i++) seen[i, order[i]]++;
        }
        const double Expected = (double)Orders / Count;
        double chiSquare = 0;
        foreach (int count in seen) chiSquare += (count - Expected) * (count - Expected) / Expected;
        Assert.InRange(chiSquare, 50, 160); // 100 degrees of freedom: the middle 99.98%
    }

    [Fact]
    public void An_order_of_terabytes_takes_no_memory()
    {
        RandomPermutation order = new(1L << 52, key: 1);
        long[] some = [.. Enumerable.Range(0, 1000).Select(i => order[i])];
        Assert.Equal(1000, some.Distinct().Count());
        Assert.All(some, place => Assert.InRange(place, 0, (1L << 52) - 1));
    }

    [Fact]
    public void Each_epoch_has_every_window_once_in_another_order()
    {
        using TokenDataset data = Open("a.npy", 101); // twenty windows of 5 and the last one's last target
        EpochSampler sampler = new(data, 5, seed: 3);
        long[] first = Draw(sampler, 20), second = Draw(sampler, 20);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => 5L * i), first.Order());
        Assert.Equal(first.Order(), second.Order());
        Assert.NotEqual(first, second);
        Assert.Equal(2, sampler.EpochsOf(0));
        Assert.NotEqual(first, Draw(new EpochSampler(data, 5, seed: 4), 20));
    }

    [Fact]
    public void Texts_are_mixed_by_their_weights_at_every_moment()
    {
        using TokenMixture data = new([new WeightedTokens(Open("a.npy", 400), 3), new WeightedTokens(Open("b.npy", 50), 1)]);
        EpochSampler epochs = new(data, 5, seed: 1);
        TokenWindow[] windows = new TokenWindow[400];
        epochs.Next(windows);
        for (int count = 1; count <= windows.Length; count++)
            Assert.Equal(0.25 * count, windows[..count].Count(window => window.Text == 1), 1.0);
        Assert.Equal(11, epochs.EpochsOf(1));

        RandomWindowSampler random = new(data, 5, seed: 1);
        random.Next(windows);
        Assert.InRange(windows.Count(window => window.Text == 1), 60, 140);
        Assert.All(windows, window => Assert.InRange(window.Start, 0, window.Text == 1 ? 44 : 394));
    }

    [Fact]
    public void Without_weights_texts_count_by_their_tokens_and_bad_weights_are_refused_at_once()
    {
        using TokenDataset a = Open("a.npy", 300), b = Open("b.npy", 100);
        Assert.Equal([0.75, 0.25], new TokenMixture([new(a), new(b)]).Shares);
        string message = Assert.Throws<ArgumentException>(() => new TokenMixture([new(a, 0), new(b, double.NaN), new(b)])).Message;
        foreach (string expected in (string[])["The weight of", "a.npy is 0", "b.npy is NaN", "b.npy has no weight"])
            Assert.Contains(expected, message);
        Assert.Contains("no text to learn from", Assert.Throws<ArgumentException>(() => new TokenMixture([])).Message);
    }

    [Theory]
    [InlineData(WindowSampling.Random, 0)]
    [InlineData(WindowSampling.Random, 3)]
    [InlineData(WindowSampling.Epochs, 0)]
    [InlineData(WindowSampling.Epochs, 3)]
    public void Batches_go_on_exactly_from_the_state_after_the_last_one_handed_out(WindowSampling sampling, int ahead)
    {
        using TokenMixture data = new([new WeightedTokens(Open("a.npy", 400), 2), new WeightedTokens(Open("b.npy", 90), 1)]);
        using BatchReader plain = Reader(ahead: 0), cut = Reader(ahead), resumed = Reader(ahead);
        long[][] expected = [.. Enumerable.Range(0, 30).Select(_ => Ids(plain))];
        for (int i = 0; i < 10; i++) Assert.Equal(expected[i], Ids(cut));
        if (ahead > 0) Thread.Sleep(50); // time to read far ahead
        resumed.State = cut.State;
        for (int i = 10; i < 30; i++) Assert.Equal(expected[i], Ids(resumed));
        cut.StopReadingAhead();
        for (int i = 10; i < 30; i++) Assert.Equal(expected[i], Ids(cut));

        BatchReader Reader(int ahead) =>
            new(data, sampling == WindowSampling.Epochs ? new EpochSampler(data, 5, 7) : new RandomWindowSampler(data, 5, 7), 6, 5, 1000,
            ahead);
        static long[] Ids(BatchReader reader) => [.. reader.Next().Inputs.data<long>()];
    }

    [Fact]
    public void A_state_of_another_order_or_other_data_is_refused()
    {
        using TokenDataset data = Open("a.npy", 100);
        EpochSampler epochs = new(data, 5, 1);
        RandomWindowSampler random = new(data, 5, 1);
        Assert.Contains("not that of shuffled epochs", Assert.Throws<ArgumentException>(() => epochs.State = random.State).Message);
        Assert.Contains("not that of random windows", Assert.Throws<ArgumentException>(() => random.State = epochs.State).Message);
        Assert.Contains("not one of 1 texts", Assert.Throws<ArgumentException>(() =>
            epochs.State = new SamplerState { WindowsDrawn = [1, 2] }).Message);
    }

    private static long[] Draw(EpochSampler sampler, int count)
    {
        TokenWindow[] windows = new TokenWindow[count];
        sampler.Next(windows);
        return [.. windows.Select(window => window.Start)];
    }

    private TokenDataset Open(string name, int length) =>
        TokenDataset.Open(TokenFiles.Write(_folder, name, [.. Enumerable.Range(0, length)], 1000));
}
