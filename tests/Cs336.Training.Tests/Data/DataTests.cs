using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class DataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Windows_come_from_anywhere_and_targets_are_one_ahead()
    {
        using TokenDataset data = Open(Enumerable.Range(0, 30));
        BatchReader reader = Reader(data, batchSize: 16, length: 5, vocabSize: 30);
        HashSet<long> starts = [];
        for (int i = 0; i < 40; i++)
        {
            TokenBatch batch = reader.Next();
            Assert.Equal([16, 5], batch.Inputs.shape);
            Assert.Equal(batch.Inputs.data<long>().Select(id => id + 1), batch.Targets.data<long>());
            starts.UnionWith(batch.Inputs.select(1, 0).contiguous().data<long>());
        }
        // The last window's last target is the last token.
        Assert.Equal(Enumerable.Range(0, 25).Select(start => (long)start), starts.Order());
    }

    [Fact]
    public void The_seed_determines_the_batches_and_the_state_goes_on_with_them()
    {
        using TokenDataset data = Open(Enumerable.Range(0, 500));
        BatchReader first = Reader(data, 4, 8, 500, seed: 9), second = Reader(data, 4, 8, 500, seed: 9),
            resumed = Reader(data, 4, 8, 500, seed: 0);
        Assert.Equal(Ids(first), Ids(second));
        resumed.State = first.State;
        Assert.Equal(Ids(first), Ids(resumed));
    }

    [Fact]
    public void The_shortest_data_that_makes_a_window_is_accepted_and_anything_shorter_refused()
    {
        using TokenDataset data = Open([1, 2, 3, 4]);
        Assert.Equal([1L, 2, 3], Ids(Reader(data, 1, 3, 10)));
        foreach (Func<IWindowSampler> make in (Func<IWindowSampler>[])[() => new RandomWindowSampler(data, 4, 1),
            () => new EpochSampler(data, 4, 1)])
            Assert.Contains("has 4 tokens to learn from, but a window of 4 and the token after it need 5",
                Assert.Throws<ArgumentException>(make).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_batch_that_cannot_be_had_is_tried_again(int ahead)
    {
        using TokenDataset data = Open([1, 2, 3, 4, 5, 6, 7, 39, 9, 10, 11, 12, 13]);
        using BatchReader reader = new(data, new EpochSampler(data, 4, 1), 1, 4, 30, ahead);
        int had = 0;
        while (Record.Exception(() => reader.Next()) is null) had++;
        Assert.InRange(had, 0, 2); // one of three windows cannot be had
        for (int i = 0; i < 10; i++) Assert.Throws<InvalidDataException>(() => reader.Next());
        Assert.Equal([had], reader.State.WindowsDrawn!);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void An_id_outside_the_vocabulary_is_refused_with_the_file_s_name(int ahead)
    {
        using TokenDataset data = Open([1, 2, 10, 4]);
        using BatchReader reader = new(data, new RandomWindowSampler(data, 3, seed: 1), 1, 3, vocabSize: 10, ahead);
        for (int i = 0; i < 2; i++)
            Assert.Contains("tokens.npy holds token id 10 at place 2, but the model's vocab_size is 10",
                Assert.Throws<InvalidDataException>(() => reader.Next()).Message);
        Assert.Equal((2L, 10), data.FindIdOutside(10));
        Assert.Null(data.FindIdOutside(11));
    }

    [Fact]
    public void A_split_shares_the_file_and_keeps_the_end_apart()
    {
        string path = TokenFiles.Write(_folder, "split.npy", [.. Enumerable.Range(0, 100)], 100);
        (TokenDataset training, TokenDataset validation) = TokenDataset.OpenSplit(path, 0.1);
        Assert.Equal((90, 10), (training.Length, validation.Length));
        int[] ids = new int[2];
        validation.Read(0, ids);
        Assert.Equal([90, 91], ids);
        Assert.Throws<ArgumentOutOfRangeException>(() => validation.Read(9, new int[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => training.Read(-1, new int[2]));
        validation.Dispose();
        training.Read(88, ids);
        Assert.Equal([88, 89], ids);
        training.Dispose();
        Assert.Throws<ArgumentOutOfRangeException>(() => TokenDataset.OpenSplit(path, 1));
    }

    private static BatchReader Reader(TokenMixture data, int batchSize, int length, int vocabSize, ulong seed = 1, int ahead = 0) =>
        new(data, new RandomWindowSampler(data, length, seed), batchSize, length, vocabSize, ahead);

    private static long[] Ids(BatchReader reader) => [.. reader.Next().Inputs.data<long>()];

    private TokenDataset Open(IEnumerable<int> ids) => TokenDataset.Open(TokenFiles.Write(_folder, "tokens.npy", [.. ids], 1000));
}
