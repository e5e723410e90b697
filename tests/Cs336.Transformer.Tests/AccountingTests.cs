using Cs336.Inference;

namespace Cs336.Transformer.Tests;

public sealed class AccountingTests
{
    public static TheoryData<TransformerConfig> Configurations { get; } =
    [
        .. from norm in Enum.GetValues<NormPlacement>()
           from position in Enum.GetValues<PositionEncoding>()
           from feedForward in Enum.GetValues<FeedForwardKind>()
           from keyHeads in (int?[])[null, 1, 2]
           from tied in (bool[])[false, true]
           select new TransformerConfig
           {
               VocabSize = 101, ContextLength = 16, DModel = 24, NumLayers = 3, NumHeads = 4, DFf = 56,
               Norm = norm, Position = position, FeedForward = feedForward, NumKvHeads = keyHeads, TiedEmbeddings = tied,
           },
        .. from layers in (int[])[1, 2, 3, 4]
           select new TransformerConfig
           {
               VocabSize = 101, ContextLength = 16, DModel = 24, NumLayers = layers, NumHeads = 4, NumKvHeads = 2, HeadDim = 10, DFf = 56,
               ValueEmbeddings = true, UNetSkips = layers > 1,
           },
    ];

    [Theory]
    [MemberData(nameof(Configurations))]
    public void A_built_model_has_as_many_parameters_as_its_account_says(TransformerConfig config)
    {
        using TransformerLM model = new(config);
        ParameterCount count = ParameterCount.Of(config);
        (string Name, long Count)[] parameters = [.. model.named_parameters().Select(item => (item.name, item.parameter.numel()))];
        Assert.Equal(count.Total, parameters.Sum(parameter => parameter.Count));
        Assert.Equal(count.Embedding, Sum("token_embeddings."));
        Assert.Equal(count.AttentionPerLayer, Sum("layers.0.attn.") - Sum("layers.0.attn.value_"));
        Assert.Equal(
            count.ValueEmbeddings, parameters.Where(parameter => parameter.Name.Contains(".attn.value_")).Sum(
            parameter => parameter.Count));
        Assert.Equal(count.SkipScales, parameters.Count(parameter => parameter.Name.EndsWith("skip.weight", StringComparison.Ordinal)));
        Assert.Equal(count.FeedForwardPerLayer, Sum("layers.0.ffn."));
        Assert.Equal(count.NormsPerLayer, Sum("layers.0.ln1.") + Sum("layers.0.ln2."));
        Assert.Equal(count.FinalNorm, Sum("ln_final."));
        Assert.Equal(count.Head, Sum("lm_head."));

        long Sum(string prefix) =>
            parameters.Where(parameter => parameter.Name.StartsWith(prefix, StringComparison.Ordinal)).Sum(parameter => parameter.Count);
    }
}
