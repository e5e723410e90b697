namespace Cs336.Inference.Tests;

/// <summary>What no model of LLaMA's family has: both exports refuse it, with the same words.</summary>
public sealed class LlamaFamilyTests
{
    private static readonly TransformerConfig Config = GgufModels.Config;

    public static TheoryData<string, TransformerConfig> Foreign => new()
    {
        { "norm is post", Config with { Norm = NormPlacement.Post } },
        { "position is none", Config with { Position = PositionEncoding.None } },
        { "ffn is silu", Config with { FeedForward = FeedForwardKind.Silu } },
        { "ffn is relu2", Config with { FeedForward = FeedForwardKind.Relu2 } },
    };

    [Theory]
    [MemberData(nameof(Foreign))]
    public void Both_exports_refuse_it_by_its_name(string problem, TransformerConfig config)
    {
        string gguf = Assert.Single(GgufExport.FindProblems(config, GgufModels.Tokenizer()));
        string transformers = Assert.Single(HuggingFaceFolder.FindProblems(config));
        Assert.StartsWith(problem + ", but LLaMA's architecture ", gguf, StringComparison.Ordinal);
        Assert.Equal(gguf + ".", transformers);
    }
}
