namespace Cs336.Inference.Tests;

public sealed class GgufArchitectureTests
{
    [Fact]
    public void What_the_architecture_llama_does_not_have_is_named()
    {
        TransformerConfig config = GgufModels.Config with
        {
            HeadDim = 2 * GgufModels.Config.HeadSize, QkvBiases = true, QkNorm = true, Window = 7,
            RopeScaling = new RopeScaling { Kind = RopeScalingKind.Yarn, Factor = 2, OriginalContextLength = 8 },
        };
        string[] problems = [.. GgufExport.FindProblems(config, GgufModels.Tokenizer())];
        foreach (string part in (string[])["head_dim is", "qkv_biases is true", "qk_norm is true", "rope_scaling is yarn", "window is 7"])
            Assert.Single(problems, problem => problem.Contains(part, StringComparison.Ordinal));
        Assert.Equal(5, problems.Length);
        Assert.Empty(GgufExport.FindProblems(GgufModels.Config with { HeadDim = GgufModels.Config.HeadSize }, GgufModels.Tokenizer()));
    }
}
