using Cs336.Inference;
using Cs336.Testing;
using Cs336.Tokenizers;
using Cs336.Transformer;

namespace Cs336.Training.Tests;

/// <summary>A run of a model with everything that recipes of today add.</summary>
public sealed class SwitchedModelTests : IDisposable
{
    private static readonly TransformerConfig Shape = new()
    {
        VocabSize = 40, ContextLength = 16, DModel = 16, NumLayers = 4, NumHeads = 4, NumKvHeads = 2, DFf = 24,
        FeedForward = FeedForwardKind.Relu2, QkNorm = true, ZeroInitOutputs = true, LogitSoftCap = 15, EmbeddingScale = 4, Window = 8,
        WindowPattern = "SSSL", ValueEmbeddings = true, UNetSkips = true, TiedEmbeddings = true, InitSeed = 3,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("adamw")]
    [InlineData("muon")]
    public void It_learns_goes_on_to_the_last_bit_and_runs_in_the_managed_engine(string optimizer)
    {
        TokenFiles.Write(_folder, "tokens.npy", TokenFiles.Walk(3_000, 40), 40);
        string whole = _folder.File("whole"), cut = _folder.File("cut");
        using (TrainingRun run = TrainingRun.Create(whole, Config(optimizer)))
        {
            double before = LossOf(run);
            run.Train();
            Assert.True(LossOf(run) < before - 0.3, "The loss did not fall.");
        }
        using (TrainingRun run = TrainingRun.Create(cut, Config(optimizer)))
        {
            using CancellationTokenSource stop = new();
            run.Train(new StopAt(20, stop), stop.Token);
        }
        using (TrainingRun run = TrainingRun.Resume(cut))
        {
            Assert.Equal((20, Shape), (run.Resumed!.Step, run.Model.Config));
            run.Train();
        }
        string last = Path.Combine(whole, "checkpoints/step-00000040");
        Assert.Equal(File.ReadAllBytes(Path.Combine(last, "model.safetensors")),
            File.ReadAllBytes(Path.Combine(cut, "checkpoints/step-00000040/model.safetensors")));

        using TransformerLM expected = TransformerWeights.LoadModel(
            Path.Combine(last, "config.json"), Path.Combine(last, "model.safetensors"));
        using CpuLanguageModel actual = CpuLanguageModel.Load(last);
        Assert.Equal(Shape, actual.Config);
        int[] tokens = [.. TokenFiles.Walk(12, 40).Select(id => (int)id)];
        float[] logits = new float[40], others = new float[40];
        using (IKvCache cache = expected.CreateCache()) expected.Forward(cache, tokens, logits);
        using (IKvCache cache = actual.CreateCache()) actual.Forward(cache, tokens, others);
        for (int i = 0; i < 40; i++) Assert.Equal(logits[i], others[i], 1e-3f);
    }

    private static double LossOf(TrainingRun run) =>
        new Evaluator(run.Data.Validation!, batchSize: 4, run.Model.ContextLength, maxTokens: 4096).Evaluate(run.Model).Loss;

    private RunConfig Config(string optimizer) => RunConfig.Parse($$"""
        {
          "model": {{Shape.ToJson()}},
          "optimizer": { "name": "{{optimizer}}", "max_lr": 0.01, "warmup_steps": 0 },
          "training": { "max_steps": 40, "batch_size": 4, "checkpoint_every": 20 },
          "data": { "training": "{{_folder.File("tokens.npy")}}", "validation_fraction": 0.2 }
        }
        """);

    /// <summary>Cancels at a step.</summary>
    private sealed class StopAt(long step, CancellationTokenSource source) : IProgress<TrainingMetrics>
    {
        public void Report(TrainingMetrics value)
        {
            if (value.Step == step) source.Cancel();
        }
    }
}
