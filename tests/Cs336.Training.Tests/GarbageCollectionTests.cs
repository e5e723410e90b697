using Cs336.Inference;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class GarbageCollectionTests
{
    private static readonly TransformerConfig Tiny = new()
    {
        VocabSize = 20, ContextLength = 8, DModel = 16, NumLayers = 2, NumHeads = 2, DFf = 24, InitSeed = 4,
    };

    // A number that goes into a tensor operation is owned by a short-lived object, whose finalizer frees it.
    [Fact]
    public void Collections_during_native_calls_change_nothing() => CompareWithCollections(Tiny, batchSize: 2, steps: 100);

    [Fact]
    public void Nor_do_they_where_products_and_attention_take_the_fast_path() =>
        CompareWithCollections(Tiny with { VocabSize = 300, ContextLength = 32, DModel = 64, NumHeads = 4, DFf = 96 }, batchSize: 16,
            steps: 20);

    private static void CompareWithCollections(TransformerConfig config, int batchSize, int steps)
    {
        double[] expected = Train(config, batchSize, steps);
        using CancellationTokenSource done = new();
        Thread collector = new(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        double[] actual = Train(config, batchSize, steps);
        done.Cancel();
        collector.Join();
        Assert.Equal(expected, actual);
    }

    /// <summary>The losses and gradient norms of some steps with each optimizer and path.</summary>
    private static double[] Train(TransformerConfig config, int batchSize, int steps)
    {
        int length = config.ContextLength + 1;
        List<double> values = [];
        foreach (ComputePath path in Enum.GetValues<ComputePath>())
        {
            using TransformerLM model = new(config, path);
            IReadOnlyList<NamedParameter> parameters = NamedParameter.Of(model);
            using AdamW adamW = new(parameters);
            using Sgd sgd = new(parameters);
            using Muon muon = new(parameters);
            for (int step = 0; step < steps; step++)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor ids = tensor(Enumerable.Range(step, batchSize * length).Select(i => (long)(i * i % config.VocabSize)).ToArray(),
                    [batchSize, length]);
                IOptimizer optimizer = (step % 3) switch { 0 => adamW, 1 => sgd, _ => muon };
                optimizer.ZeroGrad();
                TokenBatch batch = new(ids.narrow(1, 0, config.ContextLength), ids.narrow(1, 1, config.ContextLength));
                if (step % 4 < 2)
                {
                    Tensor loss = CrossEntropy.Compute(model.forward(batch.Inputs), batch.Targets);
                    loss.backward();
                    values.Add(loss.item<float>());
                }
                else
                {
                    values.Add(LanguageModelLoss.Backward(model, batch));
                }
                values.Add(Gradients.ClipByGlobalNorm(parameters, 0.5));
                optimizer.Step(1e-2);
            }
        }
        return [.. values];
    }
}
