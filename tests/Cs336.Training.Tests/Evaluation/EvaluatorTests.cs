using Cs336.Inference;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class EvaluatorTests : IDisposable
{
    private static readonly TransformerConfig Config = new() { VocabSize = 20, ContextLength = 6, DModel = 8, NumLayers = 1, NumHeads = 2,
        DFf = 16 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_loss_is_the_mean_over_windows_that_do_not_overlap_whatever_the_batch_size()
    {
        using TransformerLM model = new(Config);
        int[] ids = TokenFiles.Walk(33, 20); // five windows of six, and two tokens beyond the last target
        using TokenDataset data = TokenDataset.Open(TokenFiles.Write(_folder, "v.npy", ids, 20));
        int[] byteLengths = [.. Enumerable.Range(1, 20)];
        Evaluation one = new Evaluator(data, 1, 6, tokenByteLengths: byteLengths).Evaluate(model);
        Evaluation many = new Evaluator(data, 3, 6, tokenByteLengths: byteLengths).Evaluate(model);

        using DisposeScope scope = NewDisposeScope();
        double nats = 0;
        for (int start = 0; start < 30; start += 6)
        {
            long[] inputs = [.. ids[start..(start + 6)].Select(id => (long)id)],
                targets = [.. ids[(start + 1)..(start + 7)].Select(id => (long)id)];
            nats += 6 * CrossEntropy.Compute(model.forward(tensor(inputs, [1, 6])), tensor(targets, [1, 6])).item<float>();
        }
        Assert.Equal(30, one.Tokens);
        Assert.Equal(nats / 30, one.Loss, 1e-5);
        Assert.Equal(one.Loss, many.Loss, 1e-5);
        Assert.Equal(Math.Exp(one.Loss), one.Perplexity);
        int bytes = ids[1..31].Sum(id => byteLengths[id]);
        Assert.Equal(nats / Math.Log(2) / bytes, one.BitsPerByte!.Value, 1e-5);
    }

    [Fact]
    public void A_limit_on_tokens_takes_the_first_windows_and_at_least_one()
    {
        using TransformerLM model = new(Config);
        using TokenDataset data = TokenDataset.Open(TokenFiles.Write(_folder, "v.npy", TokenFiles.Walk(100, 20), 20));
        Assert.Equal(12, new Evaluator(data, 4, 6, maxTokens: 13).Evaluate(model).Tokens);
        Evaluation least = new Evaluator(data, 4, 6, maxTokens: 1).Evaluate(model);
        Assert.Equal((6, null), (least.Tokens, least.BitsPerByte));
    }

    [Fact]
    public void Data_shorter_than_a_window_is_refused_and_cancellation_heard()
    {
        using TransformerLM model = new(Config);
        using TokenDataset data = TokenDataset.Open(TokenFiles.Write(_folder, "v.npy", TokenFiles.Walk(7, 20), 20));
        Assert.Contains("has 7 tokens to validate on", Assert.Throws<ArgumentException>(() => new Evaluator(data, 1, 7)).Message);
        Assert.Throws<OperationCanceledException>(() => new Evaluator(data, 1, 6)
            .Evaluate(model, cancellationToken: new CancellationToken(canceled: true)));
    }
}
