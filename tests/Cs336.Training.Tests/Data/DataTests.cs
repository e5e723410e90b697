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
        RandomWindowSampler sampler = new(data, batchSize: 16, length: 5, vocabSize: 30, seed: 1);
        HashSet<long> starts = [];
        for (int i = 0; i < 40; i++)
        {
            TokenBatch batch = sampler.Next();
            Assert.Equal([16, 5], batch.Inputs.shape);
            Assert.Equal(batch.Inputs.data<long>().Select(id => id + 1), batch.Targets.data<long>());
            starts.UnionWith(batch.Inputs.select(1, 0).contiguous().data<long>());
        }
        Assert.Equal(Enumerable.Range(0, 25).Select(start => (long)start), starts.Order()); // the last window's last target is the last token
    }

    [Fact]
    public void The_seed_determines_the_batches_and_the_state_goes_on_with_them()
    {
        using TokenDataset data = Open(Enumerable.Range(0, 500));
        RandomWindowSampler first = new(data, 4, 8, 500, seed: 9), second = new(data, 4, 8, 500, seed: 9), resumed = new(data, 4, 8, 500, seed: 0);
        Assert.Equal(Next(first), Next(second));
        resumed.State = first.State;
        Assert.Equal(Next(first), Next(resumed));
        static long[] Next(RandomWindowSampler sampler) => [.. sampler.Next().Inputs.data<long>()];
    }

    [Fact]
    public void The_shortest_data_that_makes_a_window_is_accepted_and_anything_shorter_refused()
    {
        using TokenDataset data = Open([1, 2, 3, 4]);
        Assert.Equal([1L, 2, 3], new RandomWindowSampler(data, 1, 3, 10, seed: 1).Next().Inputs.data<long>().ToArray());
        Assert.Contains("has 4 tokens, but windows of 4 and the token after them need 5", Assert.Throws<ArgumentException>(() => new RandomWindowSampler(data, 1, 4, 10, seed: 1)).Message);
    }

    [Fact]
    public void An_id_outside_the_vocabulary_is_refused_with_the_file_s_name()
    {
        using TokenDataset data = Open([1, 2, 10, 4]);
        string message = Assert.Throws<InvalidDataException>(() => new RandomWindowSampler(data, 1, 3, 10, seed: 1).Next()).Message;
        Assert.Contains("tokens.npy holds token id 10, but the model's vocab_size is 10", message);
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

    private TokenDataset Open(IEnumerable<int> ids) => TokenDataset.Open(TokenFiles.Write(_folder, "tokens.npy", [.. ids], 1000));
}
