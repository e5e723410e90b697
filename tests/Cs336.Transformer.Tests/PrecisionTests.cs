using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

public sealed class PrecisionTests
{
    private static readonly TransformerConfig Config =
        new() { VocabSize = 50, ContextLength = 16, DModel = 32, NumLayers = 2, NumHeads = 4, DFf = 48 };

    private static readonly int[] Tokens = [3, 1, 4, 1, 5, 9, 2, 6, 49, 0];

    [Theory]
    [InlineData(ComputePath.Fast, NormPlacement.Pre, FeedForwardKind.SwiGlu)]
    [InlineData(ComputePath.Explicit, NormPlacement.Pre, FeedForwardKind.Silu)]
    [InlineData(ComputePath.Fast, NormPlacement.Post, FeedForwardKind.Silu)]
    [InlineData(ComputePath.Fast, NormPlacement.None, FeedForwardKind.SwiGlu)]
    [InlineData(ComputePath.Fast, NormPlacement.Pre, FeedForwardKind.Relu2)]
    public void Bfloat16_is_near_float32_in_a_whole_pass_and_in_cached_steps(
        ComputePath path, NormPlacement norm, FeedForwardKind feedForward)
    {
        using DisposeScope scope = NewDisposeScope();
        using TransformerLM model = new(Config with { Norm = norm, FeedForward = feedForward, NumKvHeads = 2 }, path);
        Tensor ids = tensor(Tokens.Select(id => (long)id).ToArray(), [1, Tokens.Length]);
        float[] expected = [.. model.forward(ids).data<float>()];
        model.Precision = Precision.BFloat16;
        Tensor rounded = model.forward(ids);
        Assert.Equal(float32, rounded.dtype);
        float[] actual = [.. rounded.data<float>()];
        Assert.NotEqual(expected, actual);
        AssertNear(expected, actual);

        using IKvCache cache = model.CreateCache();
        float[] logits = new float[Config.VocabSize];
        for (int end = 4; end <= Tokens.Length; end++)
        {
            model.Forward(cache, Tokens.AsMemory(cache.Length, end - cache.Length), logits);
            AssertNear(actual.AsSpan((end - 1) * Config.VocabSize, Config.VocabSize), logits);
        }

        model.Precision = Precision.Float32;
        Assert.Equal(expected, model.forward(ids).data<float>().ToArray());
    }

    [Fact]
    public void An_unknown_precision_is_refused()
    {
        using TransformerLM model = new(Config);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Precision = (Precision)7);
    }

    private static void AssertNear(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        float tolerance = 0.06f * expected.ToArray().Max(MathF.Abs);
        for (int i = 0; i < expected.Length; i++) Assert.InRange(actual[i], expected[i] - tolerance, expected[i] + tolerance);
    }
}
