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
        { "logit_soft_cap is 30", Config with { LogitSoftCap = 30 } },
        { "embedding_scale is 5.5", Config with { EmbeddingScale = 5.5 } },
        { "value_embeddings is true", Config with { ValueEmbeddings = true } },
        { "unet_skips is true", Config with { UNetSkips = true } },
    };

    [Fact]
    public void A_pattern_of_windows_is_refused_by_both()
    {
        TransformerConfig config = Config with { Window = 7, WindowPattern = "SL" };
        const string Problem = "window_pattern is SL, but LLaMA's architecture has windows in all layers";
        Assert.Contains(
            GgufExport.FindProblems(config, GgufModels.Tokenizer()), problem => problem.StartsWith(Problem, StringComparison.Ordinal));
        Assert.StartsWith(Problem, Assert.Single(HuggingFaceFolder.FindProblems(config)));
    }

    [Fact]
    public void How_weights_began_is_no_matter_of_an_export()
    {
        TransformerConfig config = Config with { ZeroInitOutputs = true };
        Assert.Empty(GgufExport.FindProblems(config, GgufModels.Tokenizer()));
        Assert.Empty(HuggingFaceFolder.FindProblems(config));
    }

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
