namespace Cs336.Inference.Tests;

public sealed class ParameterCountTests
{
    [Fact]
    public void Gpt2_xl_has_the_parameters_of_the_course() => Assert.Equal(2_127_057_600, ParameterCount.Of(Gpt2Shapes.Xl).Total);

    [Fact]
    public void The_sizes_of_2026_have_the_widths_and_parameters_of_the_course()
    {
        (TransformerConfig Config, int Width, long Parameters, double TeraFlops)[] sizes =
        [
            (Gpt2Shapes.Small2026, 2048, 162_148_608, 0.2916), (Gpt2Shapes.Medium2026, 2752, 406_539_264, 0.8302),
            (Gpt2Shapes.Large2026, 3392, 833_591_040, 1.7685), (Gpt2Shapes.Xl2026, 4288, 1_640_452_800, 3.5168),
        ];
        foreach ((TransformerConfig config, int width, long parameters, double teraFlops) in sizes)
        {
            Assert.Equal(width, config.DFf);
            Assert.Equal(64 * (int)Math.Round(8.0 / 3 * config.DModel / 64), config.DFf);
            Assert.Equal(parameters, ParameterCount.Of(config).Total);
            Assert.Equal(teraFlops, (double)FlopCount.Forward(config, 1024).MatrixProducts / 1e12, 5e-5);
        }
        Assert.Equal(3_516_769_894_400, FlopCount.Forward(Gpt2Shapes.Xl2026, 1024).MatrixProducts);
        Assert.Equal(22_966_339_200, FlopCount.AdamWStep(Gpt2Shapes.Xl2026));
    }

    [Theory]
    [MemberData(nameof(Shapes.All), MemberType = typeof(Shapes))]
    public void The_count_is_that_of_the_weights_one_by_one(TransformerConfig config)
    {
        ParameterCount count = ParameterCount.Of(config);
        Assert.Equal(Sum(""), count.Total);
        Assert.Equal(Sum("token_embeddings"), count.Embedding);
        Assert.Equal(Sum("_proj"), count.AttentionPerLayer * config.NumLayers);
        Assert.Equal(Sum("w1") + Sum("w2") + Sum("w3"), count.FeedForwardPerLayer * config.NumLayers);
        Assert.Equal(Sum("ln1") + Sum("ln2") + Sum("ln_of_"), count.NormsPerLayer * config.NumLayers);
        Assert.Equal(Sum("value_"), count.ValueEmbeddings);
        Assert.Equal(Sum("skip"), count.SkipScales);
        Assert.Equal(Sum("ln_final"), count.FinalNorm);
        Assert.Equal(Sum("lm_head"), count.Head);
        Assert.Equal(count.Total, count.Components.Sum(component => (long)component.Value));

        long Sum(string part) => Shapes.Weights(config)
            .Where(weight => weight.Name.Contains(part, StringComparison.Ordinal))
            .Sum(weight => (long)weight.Rows * weight.Columns);
    }

    [Fact]
    public void An_unsound_configuration_is_refused_with_every_problem()
    {
        string message = Assert.Throws<ArgumentException>(
            () => ParameterCount.Of(Shapes.Base with { VocabSize = 0, NumHeads = 5 })).Message;
        Assert.Contains("vocab_size is 0", message);
        Assert.Contains("num_heads 5 does not divide", message);
    }

    [Fact]
    public void More_parameters_than_64_bits_count_are_refused_and_not_wrapped_around()
    {
        TransformerConfig huge = Shapes.Base with
        {
            DModel = int.MaxValue - 1, NumHeads = 1, DFf = int.MaxValue, NumLayers = int.MaxValue, VocabSize = int.MaxValue,
        };
        string message = Assert.Throws<OverflowException>(() => ParameterCount.Of(huge)).Message;
        Assert.Contains("parameters, more than 64 bits count", message);
    }
}
