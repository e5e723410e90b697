using System.Diagnostics;
using Cs336.Inference;
using TorchSharp;

namespace Cs336.Transformer.Tests;

/// <summary>Runs while no other test does: they all share the memory that is measured.</summary>
[Collection(nameof(MemoryTests))]
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
public sealed class MemoryTests
{
    [Fact]
    public void Ten_thousand_tokens_leave_tensors_and_memory_where_they_were()
    {
        using TransformerLM model = new(new TransformerConfig
        {
            VocabSize = 60, ContextLength = 64, DModel = 32, NumLayers = 2, NumHeads = 4, DFf = 48, RopeTheta = 100, InitSeed = 7,
        });
        GenerationOptions options = new() { Seed = 1, TopP = 0.95, ContextOverflow = ContextOverflow.Reprime };
        Generate(3_000); // code is compiled, and the allocator has taken what it takes
        (long liveTensors, long memory) = (DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount, Resident());
        Generate(10_000);
        Assert.Equal(liveTensors, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        Assert.InRange(Resident() - memory, long.MinValue, 8 << 20); // a tensor kept a token would be over 10 MB even at 1 kB each

        void Generate(int count) =>
            Assert.Equal(count, new TokenGenerator(model).Generate(new[] { 1, 2, 3 }, options with { MaxNewTokens = count }).Count());
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
