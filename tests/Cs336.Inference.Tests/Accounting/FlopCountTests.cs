namespace Cs336.Inference.Tests;

public sealed class FlopCountTests
{
    [Fact]
    public void The_counts_are_those_of_the_course()
    {
        Assert.Equal(350_690_476_032, FlopCount.Forward(Gpt2Shapes.Small, 1024).Total);
        Assert.Equal(2_263_044_587_520, FlopCount.Forward(Gpt2Shapes.Large, 1024).Total);
        Assert.Equal(4_522_151_116_800, FlopCount.Forward(Gpt2Shapes.Xl, 1024).Total);
        Assert.Equal(151_475_768_524_800, FlopCount.Forward(Gpt2Shapes.Xl, 16_384).Total);
    }

    [Fact]
    public void The_count_of_the_medium_size_that_is_often_quoted_takes_the_softmax_of_12_heads_where_the_model_has_16()
    {
        FlopCount medium = FlopCount.Forward(Gpt2Shapes.Medium, 1024);
        Assert.Equal(16, Gpt2Shapes.Medium.NumHeads);
        Assert.Equal(1_035_932_270_592, medium.Total);
        Assert.Equal(1_035_328_290_816, medium.Total - medium.Softmax / 16 * (16 - 12));
    }

    [Theory]
    [MemberData(nameof(Shapes.All), MemberType = typeof(Shapes))]
    public void The_count_is_that_of_the_products_one_by_one(TransformerConfig config)
    {
        const int Length = 10, Batch = 3;
        long weights = Shapes.Weights(config)
            .Where(weight => weight.Rows > 1 && !weight.Name.EndsWith("embeddings", StringComparison.Ordinal))
            .Sum(weight => Product(Length, weight.Columns, weight.Rows));
        if (config.TiedEmbeddings) weights += Product(Length, config.DModel, config.VocabSize);
        long scores = (long)config.NumLayers * config.NumHeads * Product(Length, config.HeadSize, Length);
        long values = (long)config.NumLayers * config.NumHeads * Product(Length, Length, config.HeadSize);
        FlopCount forward = FlopCount.Forward(config, Length, Batch);
        Assert.Equal(Batch * scores, forward.AttentionScores);
        Assert.Equal(Batch * values, forward.AttentionValues);
        Assert.Equal(Batch * (weights + scores + values), forward.MatrixProducts);

        static long Product(int rows, int inner, int columns) => 2L * rows * inner * columns;
    }

    [Theory]
    [MemberData(nameof(Shapes.All), MemberType = typeof(Shapes))]
    public void The_components_add_up_and_training_takes_three_times_the_forward_pass(TransformerConfig config)
    {
        FlopCount forward = FlopCount.Forward(config, 10, 3), training = FlopCount.Training(config, 10, 3);
        Assert.Equal(forward.Total, forward.Components.Aggregate(Int128.Zero, (sum, component) => sum + component.Value));
        Assert.Equal(forward.Components.Select(component => component with { Value = 3 * component.Value }), training.Components);
        Assert.Equal(config is { Norm: NormPlacement.None, QkNorm: false }, forward.Norms == 0);
        Assert.Equal(config.Position == PositionEncoding.None, forward.Rotary == 0);
        int sums = config.NumLayers + Enumerable.Range(0, config.NumLayers).Count(layer => config.SkipOf(layer) is not null);
        Assert.Equal(3 * 10 * 2L * config.DModel * sums, forward.Residuals);
    }

    [Fact]
    public void A_step_of_the_largest_models_does_not_overflow()
    {
        TransformerConfig llama = new()
        {
            VocabSize = 128_256, ContextLength = 8192, DModel = 16_384, NumLayers = 126, NumHeads = 128, NumKvHeads = 8, DFf = 53_248,
        };
        Assert.InRange(ParameterCount.Of(llama).Total, 405_000_000_000, 406_000_000_000);
        FlopCount step = FlopCount.Training(llama, sequenceLength: 8192, batch: 2048); // 16M tokens
        Assert.True(step.Total > long.MaxValue);
        Assert.InRange((double)step.Total / (6.0 * 405e9 * 8192 * 2048), 1.0, 1.2); // the rule of thumb 6ND leaves attention out
    }

    [Fact]
    public void A_count_beyond_127_bits_is_refused()
    {
        TransformerConfig huge = Shapes.Base with { DModel = int.MaxValue - 1, NumHeads = 1, DFf = int.MaxValue, NumLayers = int.MaxValue };
        string message = Assert.Throws<OverflowException>(() => FlopCount.Training(huge, int.MaxValue, int.MaxValue)).Message;
        Assert.Equal("The operations of 2147483647 sequences of 2147483647 tokens exceed 127 bits: check the configuration.", message);
    }

    [Fact]
    public void Numbers_below_1_are_refused()
    {
        Assert.Contains(
            "sequenceLength is 0, but must be at least 1.",
            Assert.Throws<ArgumentOutOfRangeException>(() => FlopCount.Forward(Shapes.Base, 0)).Message);
        Assert.Contains(
            "batch is -2, but must be at least 1.",
            Assert.Throws<ArgumentOutOfRangeException>(() => FlopCount.Training(Shapes.Base, 4, -2)).Message);
    }
}
