using Cs336.Inference;

namespace Cs336.Training;

/// <summary>
/// A whole run from one number, after nanochat's (Karpathy, 2025): the depth sets width, heads, batch, rate and steps, by rules of this
/// library's scale, where a run of a few layers takes minutes to hours on a processor. For N layers:
/// <code>
/// d_model = 32 N                        nanochat: 64 N
/// num_heads = N                         heads of 32
/// d_ff = 8 ⌈d_model / 3⌉                8/3 d_model in whole multiples of 8
/// batch_size = 4 N                      windows of 256 tokens: N kilotokens per step
/// max_lr = 3e-3 √(128 / d_model)        of Muon, as the default is at N = 4
/// max_steps = ⌈20 P / (1,024 N)⌉        20 tokens per parameter (Hoffmann et al., 2022)
/// </code>
/// P counts the matrices of the layers, 4 d_model² + 3 d_model d_ff for each, so that the vocabulary changes nothing. The schedule is the
/// default one, warm-up of a twentieth and cosine to a tenth.
/// </summary>
internal static class DepthRecipe
{
    /// <summary>From here on a model has more parameters than a processor's memory.</summary>
    public const int MaxDepth = 128;

    private const int WidthPerLayer = 32;
    private const int ContextLength = 256;
    private const int WindowsPerLayer = 4;
    private const int TokensPerParameter = 20;
    private const double BaseRate = 3e-3;
    private const double BaseWidth = 128;

    public static RunConfig Of(int depth)
    {
        if (depth is < 1 or > MaxDepth)
            throw new ArgumentOutOfRangeException(nameof(depth), depth, $"The depth must be from 1 to {MaxDepth}.");
        int width = WidthPerLayer * depth, hidden = 8 * ((width + 2) / 3);
        Int128 parameters = depth * (Int128)width * ((4 * width) + (3 * hidden));
        Int128 tokensPerStep = ContextLength * WindowsPerLayer * depth;
        return new RunConfig
        {
            Model = new TransformerConfig
            {
                VocabSize = 0,
                ContextLength = ContextLength,
                DModel = width,
                NumLayers = depth,
                NumHeads = depth,
                DFf = hidden,
            },
            Optimizer = new OptimizerConfig { Name = OptimizerKind.Muon, MaxLearningRate = BaseRate * Math.Sqrt(BaseWidth / width) },
            Training = new TrainerOptions
            {
                BatchSize = WindowsPerLayer * depth,
                MaxSteps = (long)(((TokensPerParameter * parameters) + tokensPerStep - 1) / tokensPerStep),
            },
        };
    }
}
