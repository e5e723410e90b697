using Cs336.Inference;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class GarbageCollectionTests
{
    private static readonly TransformerConfig Config = new()
    {
        VocabSize = 20, ContextLength = 8, DModel = 16, NumLayers = 2, NumHeads = 2, DFf = 24, InitSeed = 4,
    };

    // A number that goes into a tensor operation is owned by a short-lived object, whose finalizer frees it.
    [Fact]
    public void Collections_during_native_calls_change_nothing()
    {
        double[] expected = Train();
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
        double[] actual = Train();
        done.Cancel();
        collector.Join();
        Assert.Equal(expected, actual);
    }

    /// <summary>The losses and gradient norms of some steps with each optimizer and path.</summary>
    private static double[] Train()
    {
        const int Steps = 100;
        List<double> values = [];
        foreach (ComputePath path in Enum.GetValues<ComputePath>())
        {
            using TransformerLM model = new(Config, path);
            IReadOnlyList<NamedParameter> parameters = NamedParameter.Of(model);
            using AdamW adamW = new(parameters);
            using Sgd sgd = new(parameters);
            for (int step = 0; step < Steps; step++)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor ids = tensor(Enumerable.Range(step, 18).Select(i => (long)(i * i % 20)).ToArray(), [2, 9]);
                IOptimizer optimizer = step % 2 == 0 ? adamW : sgd;
                optimizer.ZeroGrad();
                Tensor loss = CrossEntropy.Compute(model.forward(ids.narrow(1, 0, 8)), ids.narrow(1, 1, 8));
                loss.backward();
                values.Add(loss.item<float>());
                values.Add(Gradients.ClipByGlobalNorm(parameters, 0.5));
                optimizer.Step(1e-2);
            }
        }
        return [.. values];
    }
}
