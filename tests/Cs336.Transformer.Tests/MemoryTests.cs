using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

/// <summary>Runs while no other test does: they all share the memory that is measured.</summary>
[Collection(nameof(MemoryTests))]
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
public sealed class MemoryTests
{
    /// <summary>Bytes for each token or pass: half of what a leak of 1 KiB would take.</summary>
    private const int Allowed = 512;

    private static readonly TransformerConfig Config = new()
    {
        VocabSize = 60, ContextLength = 64, DModel = 32, NumLayers = 1, NumHeads = 2, DFf = 48, RopeTheta = 100, InitSeed = 7,
    };

    [Fact]
    public void Ten_thousand_tokens_of_libtorch_leave_tensors_and_memory_where_they_were()
    {
        using TransformerLM model = new(Config);
        AssertFlat(count => Generate(model, count), 10_000);
    }

    [Fact]
    public void Ten_thousand_tokens_of_the_managed_engine_leave_memory_where_it_was()
    {
        using TemporaryFolder folder = new();
        folder.Write("config.json", Config.ToJson());
        using (TransformerLM model = new(Config)) TransformerWeights.Save(model, folder.File("model.safetensors"));
        using CpuLanguageModel engine = CpuLanguageModel.Load(folder.Path);
        AssertFlat(count => Generate(engine, count), 10_000);
    }

    [Theory]
    [InlineData(ComputePath.Fast)]
    [InlineData(ComputePath.Explicit)]
    public void A_thousand_passes_forward_and_backward_leave_tensors_and_memory_where_they_were(ComputePath path)
    {
        using TransformerLM model = new(Config, path);
        using Tensor ids = randint(0, Config.VocabSize, [2, Config.ContextLength], dtype: int64);
        AssertFlat(passes =>
        {
            for (int i = 0; i < passes; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                model.zero_grad();
                model.forward(ids).square().mean().backward();
            }
        }, 1_000);
    }

    private static void AssertFlat(Action<int> work, int count)
    {
        const int Rounds = 5;
        work(count / Rounds); // code is compiled, and the heaps have taken what they take
        MemoryUse[] uses = new MemoryUse[Rounds + 1];
        uses[0] = MemoryUse.Now();
        for (int round = 0; round < Rounds; round++)
        {
            work(count / Rounds);
            uses[round + 1] = MemoryUse.Now();
        }
        Assert.All(uses, use => Assert.Equal(uses[0].Tensors, use.Tensors));
        // A leak shows in every round; a heap that is extended, or code that is compiled anew, in one or two.
        foreach (Func<MemoryUse, long> bytes in (Func<MemoryUse, long>[])[use => use.Managed, use => use.Native, use => use.Resident])
        {
            long median = uses.Zip(uses.Skip(1), (before, after) => bytes(after) - bytes(before)).Order().ElementAt(Rounds / 2);
            Assert.True(
                median < count / Rounds * Allowed,
                $"Each {count / Rounds} keep {median} bytes:{Environment.NewLine}{string.Join(Environment.NewLine, (object[])uses)}");
        }
    }

    private static void Generate(ILanguageModel model, int count)
    {
        GenerationOptions options = new() { Seed = 1, TopP = 0.95, ContextOverflow = ContextOverflow.Reprime, MaxNewTokens = count };
        Assert.Equal(count, new TokenGenerator(model).Generate(new[] { 1, 2, 3 }, options).Count());
    }
}
