using Cs336.Inference;
using Cs336.Training;
using TorchSharp;

namespace Cs336.Benchmarks.TrainingStep;

/// <summary>What every contestant computes: a model on made-up tokens, the same for all.</summary>
/// <param name="Name">What it is asked for by.</param>
/// <param name="Description">The model in words.</param>
/// <param name="Config">The model.</param>
internal sealed record Workload(string Name, string Description, TransformerConfig Config)
{
    public const double LearningRate = 1e-3;

    public static Workload TinyStories { get; } = new(
        "tinystories",
        "The course's TinyStories model (vocabulary 10,000, context 256, d_model 512, 4 layers, 16 heads, d_ff 1344; 22.7 "
            + "million\nparameters)",
        new() { VocabSize = 10_000, ContextLength = 256, DModel = 512, NumLayers = 4, NumHeads = 16, DFf = 1344, InitSeed = 1 });

    public static Workload Gpt2Small { get; } = new(
        "gpt2-small",
        "A model of GPT-2 small's shape with SwiGLU (vocabulary 50,257, context 1,024, d_model 768, 12 layers, 12 heads, d_ff 2048; "
            + "162\nmillion parameters)",
        new() { VocabSize = 50_257, ContextLength = 1024, DModel = 768, NumLayers = 12, NumHeads = 12, DFf = 2048, InitSeed = 1 });

    /// <summary>Null where there is none of that name.</summary>
    public static Workload? Named(string name) => ((Workload[])[TinyStories, Gpt2Small]).FirstOrDefault(workload => workload.Name == name);

    /// <summary>Ids of a linear congruential sequence, which <c>plain_torch.py</c> makes too.</summary>
    public TokenBatch Batch(int size)
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
