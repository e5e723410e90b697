using Cs336.Inference;
using Cs336.Training;
using TorchSharp;

namespace Cs336.Benchmarks.TrainingStep;

/// <summary>What every contestant computes: the course's TinyStories model on the same made-up tokens.</summary>
internal static class Workload
{
    public static TransformerConfig Config { get; } = new()
    {
        VocabSize = 10_000, ContextLength = 256, DModel = 512, NumLayers = 4, NumHeads = 16, DFf = 1344, InitSeed = 1,
    };

    public const double LearningRate = 1e-3;

    /// <summary>Ids of a linear congruential sequence, which <c>plain_torch.py</c> makes too.</summary>
    public static TokenBatch Batch(int size)
    {
        int length = Config.ContextLength;
        long[] inputs = new long[size * length], targets = new long[size * length];
        uint state = 1;
        for (int row = 0; row < size; row++)
        {
            long previous = Next();
            for (int i = 0; i < length; i++)
            {
                inputs[(row * length) + i] = previous;
                targets[(row * length) + i] = previous = Next();
            }
        }
        return new TokenBatch(torch.tensor(inputs, [size, length]), torch.tensor(targets, [size, length]));

        long Next() => (state = unchecked((state * 1_664_525) + 1_013_904_223)) / 65_536 % (uint)Config.VocabSize;
    }
}
