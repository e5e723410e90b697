using System.Diagnostics;
using Cs336.Benchmarks.TokenizerPeers;
using Cs336.Training;
using Cs336.Transformer;
using TorchSharp;

namespace Cs336.Benchmarks.TrainingStep;

/// <summary>Trains some steps in one of this library's ways and tells how long they took.</summary>
internal static class Worker
{
    /// <summary>
    /// Attention and loss in plain tensor operations, AdamW one parameter after the other: the equations as one reads them.
    /// </summary>
    public const string Explicit = "explicit";
    public const string Float32 = "float32";
    public const string BFloat16 = "bfloat16";

    /// <summary>Float32 with <see cref="Training.Muon"/> for the hidden matrices.</summary>
    public const string Muon = "muon";

    public static WorkerResult Run(string path, Workload workload, string weights, int batchSize, int steps)
    {
        LibTorch.EnsureLoaded();
        bool plain = path == Explicit;
        using TransformerLM model = new(workload.Config, plain ? ComputePath.Explicit : ComputePath.Fast)
        {
            Precision = path == BFloat16 ? Precision.BFloat16 : Precision.Float32,
        };
        TransformerWeights.Load(model, weights);
        IReadOnlyList<NamedParameter> parameters = NamedParameter.Of(model);
        using IOptimizer optimizer = path == Muon ? new Muon(parameters) : new AdamW(parameters, new AdamWOptions { OnePass = !plain });
        List<StepTime> times = [];
        for (int i = 0; i < steps; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            TokenBatch batch = workload.Batch(batchSize);
            long start = Stopwatch.GetTimestamp();
            optimizer.ZeroGrad();
            double loss = plain ? PlainBackward(model, batch) : LanguageModelLoss.Backward(model, batch);
            long backward = Stopwatch.GetTimestamp();
            double norm = Gradients.GlobalNorm(parameters);
            long clip = Stopwatch.GetTimestamp();
            optimizer.StepClipped(parameters, norm, 1, Workload.LearningRate);
            long end = Stopwatch.GetTimestamp();
            times.Add(new StepTime(Seconds(start, backward), Seconds(backward, clip), Seconds(clip, end), loss));
        }
        return new WorkerResult(times, PeakMemory.ReadPeak());
    }

    private static double PlainBackward(TransformerLM model, TokenBatch batch)
    {
        torch.Tensor loss = CrossEntropy.Compute(model.forward(batch.Inputs), batch.Targets);
        loss.backward();
        return loss.item<float>();
    }

    private static double Seconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalSeconds;
}
