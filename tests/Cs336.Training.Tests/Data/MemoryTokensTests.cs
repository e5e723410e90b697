using Cs336.Inference;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

/// <summary>Tokens that are in memory, and batches drawn from them.</summary>
public sealed class MemoryTokensTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Windows_begin_at_each_place_equally_often_and_targets_are_one_ahead()
    {
        using TokenDataset data = TokenDataset.Of(Enumerable.Range(0, 100).ToArray());
        SeededRandom random = new(3);
        int[] counts = new int[93];
        for (int i = 0; i < 1000; i++)
        {
            TokenBatch batch = TokenBatch.Draw(data, 32, 7, random);
            Assert.Equal([32, 7], batch.Inputs.shape);
            Assert.Equal(ScalarType.Int64, batch.Inputs.dtype);
            Assert.Equal(batch.Inputs.data<long>().Select(id => id + 1), batch.Targets.data<long>());
            // 93 places: the last target is the last id
            foreach (long start in batch.Inputs.select(1, 0).contiguous().data<long>()) counts[start]++;
            batch.Inputs.Dispose();
            batch.Targets.Dispose();
        }
        double mean = 32_000 / 93.0, deviation = Math.Sqrt(32_000 * (1 / 93.0) * (92 / 93.0));
        Assert.All(counts, count => Assert.InRange(count, mean - 5 * deviation, mean + 5 * deviation));
    }

    [Fact]
    public void The_seed_determines_the_batch_and_the_windows_are_those_of_the_sampler()
    {
        using TokenDataset data = TokenDataset.Of(Enumerable.Range(0, 500).Select(i => i * 7 % 90).ToArray());
        TokenBatch drawn = TokenBatch.Draw(data, 4, 8, new SeededRandom(9), vocabSize: 90);
        using BatchReader reader = new(data, new RandomWindowSampler(data, 8, 9), 4, 8, 90);
        Assert.Equal(reader.Next().Inputs.data<long>().ToArray(), drawn.Inputs.data<long>().ToArray());
    }

    [Fact]
    public void They_are_read_in_parts_as_a_file_is()
    {
        using TokenDataset data = TokenDataset.Of((int[])[5, 6, 7, 8, 9], "the story");
        int[] ids = new int[2];
        data.Slice(1, 3).Slice(1, 2).Read(0, ids);
        Assert.Equal([7, 8], ids);
        Assert.Equal((5L, "the story", null), (data.Length, data.Path, data.Note));
        Assert.Contains(
            "Tokens 4 to 6 were asked for, but the story has 5", Assert.Throws<ArgumentOutOfRangeException>(
            () => data.Read(4, ids)).Message);
        Evaluation evaluation;
        using (TransformerLM model = new(TinyRun.Config)) evaluation = new Evaluator(data, 1, 4).Evaluate(model);
        Assert.Equal(4, evaluation.Tokens);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using TokenDataset data = TokenDataset.Of((int[])[1, 2, -3, 4]);
        SeededRandom random = new(1);
        Assert.Contains("memory has 4 tokens to learn from, but a window of 4 and the token after it need 5",
            Assert.Throws<ArgumentException>(() => TokenBatch.Draw(data, 1, 4, random)).Message);
        Assert.Contains(
            "memory holds token id -3 at place 2", Assert.Throws<InvalidDataException>(() => TokenBatch.Draw(data, 1, 3, random)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => TokenBatch.Draw(data, 0, 3, random));
        Assert.Throws<ArgumentOutOfRangeException>(() => TokenBatch.Draw(data, 1, 0, random));
        using TokenDataset four = TokenDataset.Of((int[])[1, 2, 3, 4]);
        Assert.Contains(
            "holds token id 4 at place 3, but the model's vocab_size is 4",
            Assert.Throws<InvalidDataException>(() => TokenBatch.Draw(four, 1, 3, random, vocabSize: 4)).Message);
    }
}
