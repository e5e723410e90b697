using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

/// <summary>Layers that are made by themselves, with the few numbers that each needs.</summary>
public sealed class OwnLayersTests
{
    private static readonly TransformerConfig Config =
        new() { VocabSize = 20, ContextLength = 11, DModel = 8, NumLayers = 1, NumHeads = 4, NumKvHeads = 2, DFf = 12, Epsilon = 1e-3 };

    [Fact]
    public void The_few_numbers_make_the_layers_of_the_configuration_bit_for_bit()
    {
        using DisposeScope scope = NewDisposeScope();
        using RotaryEmbedding rope = new(10_000, 2, 11);
        using Generator first = new(5, CPU), second = new(5, CPU);
        using CausalSelfAttention attention = new(8, 4, rope, numKvHeads: 2, generator: first), configured = new(
            Config, rope, ComputePath.Fast, second, null);
        AssertSame(attention, configured);
        foreach (NormPlacement norm in Enum.GetValues<NormPlacement>())
            foreach (FeedForwardKind feedForward in Enum.GetValues<FeedForwardKind>())
            {
                TransformerConfig config = Config with { Norm = norm, FeedForward = feedForward };
                using TransformerBlock block = new(8, 4, 12, rope, 2, norm, feedForward, 1e-3, first), whole = new(
                    config, rope, ComputePath.Fast, second, null);
                AssertSame(block, whole);
            }
    }

    [Fact]
    public void A_model_is_its_layers()
    {
        using DisposeScope scope = NewDisposeScope();
        using TransformerLM model = new(Config with { InitSeed = 7 });
        Dictionary<string, Tensor> weights = model.state_dict();
        Dictionary<string, Tensor> Of(string prefix) => weights.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(item => item.Key[prefix.Length..], item => item.Value);
        using Embedding embedding = new Embedding(20, 8).WithWeights(Of("token_embeddings."));
        using RotaryEmbedding rope = new(10_000, 2, 11);
        using TransformerBlock block = new TransformerBlock(8, 4, 12, rope, numKvHeads: 2, epsilon: 1e-3).WithWeights(Of("layers.0."));
        using RmsNorm norm = new RmsNorm(8, 1e-3).WithWeights(Of("ln_final."));
        using Linear head = new Linear(8, 20).WithWeights(Of("lm_head."));
        Tensor ids = arange(22, dtype: int64).reshape(2, 11).remainder(20);
        Assert.Equal(
            model.forward(ids).data<float>().ToArray(),
            head.forward(norm.forward(block.forward(embedding.forward(ids)))).data<float>().ToArray());
    }

    [Fact]
    public void Weights_without_a_generator_come_from_torchs_own()
    {
        using DisposeScope scope = NewDisposeScope();
        using SwiGlu swiGlu = new(64, 64);
        Dictionary<string, Tensor> weights = swiGlu.state_dict();
        Assert.False(allclose(weights["w1.weight"], weights["w3.weight"])); // one after the other, not each from the beginning
        foreach (Tensor weight in weights.Values)
            Assert.InRange(weight.std().item<float>(), 0.9 * Math.Sqrt(1.0 / 64), 1.1 * Math.Sqrt(1.0 / 64));
    }

    [Fact]
    public void Numbers_that_do_not_fit_are_refused_by_name()
    {
        using RotaryEmbedding rope = new(100, 4, 10);
        void Refused(string expected, Action action) => Assert.Contains(expected, Assert.ThrowsAny<ArgumentException>(action).Message);
        Refused("Linear needs in_features of at least 1", () => new Linear(0, 3));
        Refused("Linear needs out_features of at least 1", () => new Linear(3, -1));
        Refused("Embedding needs vocab_size of at least 1", () => new Embedding(0, 3));
        Refused("Embedding needs d_model of at least 1", () => new Embedding(3, 0));
        Refused("RmsNorm needs d_model of at least 1", () => new RmsNorm(0));
        foreach (double epsilon in (double[])[0, -1, double.NaN, double.PositiveInfinity])
            Refused("a finite number above 0", () => new RmsNorm(3, epsilon));
        Refused("SwiGlu needs d_model of at least 1", () => new SwiGlu(0, 3));
        Refused("SwiGlu needs d_ff of at least 1", () => new SwiGlu(3, 0));
        Refused("SiluFeedForward needs d_ff of at least 1", () => new SiluFeedForward(3, 0));
        foreach (double theta in (double[])[0, -1, double.NaN, double.PositiveInfinity])
            Refused("a finite base above 0", () => new RotaryEmbedding(theta, 4, 10));
        Refused("d_model is 8, which num_heads 3 does not divide", () => new CausalSelfAttention(8, 3));
        Refused("num_heads is 0, but must be at least 1", () => new CausalSelfAttention(8, 0));
        Refused("num_kv_heads is 3, which does not divide num_heads 4", () => new CausalSelfAttention(8, 4, numKvHeads: 3));
        Refused(
            "The rotary embedding is for heads of 4, but d_model 8 in 4 heads makes heads of 2", () => new CausalSelfAttention(8, 4, rope));
        Refused("d_model / num_heads is 3, but rotary embeddings turn pairs", () => new CausalSelfAttention(6, 2, rope));
        Refused("d_ff is 0, but must be at least 1", () => new TransformerBlock(8, 2, 0));
        Refused("eps is 0, but must be a finite number above 0", () => new TransformerBlock(8, 2, 4, epsilon: 0));
        Refused("norm is 9", () => new TransformerBlock(8, 2, 4, norm: (NormPlacement)9));
        using CausalSelfAttention odd = new(6, 2); // without positions a head may be of any size
        Assert.Equal(4, odd.parameters().Count());
    }

    [Fact]
    public void Weights_that_do_not_fit_are_all_told_and_none_is_taken()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(1, CPU);
        using SwiGlu swiGlu = new(4, 6, generator);
        Tensor before = swiGlu.state_dict()["w1.weight"].detach().clone();
        Assert.Equal(
            "The weights do not fit SwiGlu: w2.weight has shape (6, 4), expected (4, 6); w3.weight is missing; w4.weight is unknown.",
            Assert.Throws<ArgumentException>(
                () => swiGlu.WithWeights(("w1.weight", zeros(6, 4)), ("w2.weight", zeros(6, 4)), ("w4.weight", zeros(1)))).Message);
        Assert.Throws<ArgumentException>(() => swiGlu.WithWeights(("w1.weight", zeros(6, 4)), ("w1.weight", zeros(6, 4))));
        Assert.Equal(before.data<float>().ToArray(), swiGlu.state_dict()["w1.weight"].data<float>().ToArray());
        swiGlu.WithWeights(("w1.weight", ones([6, 4], dtype: float64)), ("w2.weight", ones(4, 6)), ("w3.weight", ones(6, 4)));
        Tensor w1 = swiGlu.state_dict()["w1.weight"];
        Assert.Equal((ScalarType.Float32, true, 24f), (w1.dtype, w1.requires_grad, w1.sum().item<float>()));
    }

    private static void AssertSame(nn.Module expected, nn.Module actual)
    {
        Dictionary<string, Tensor> weights = expected.state_dict(), others = actual.state_dict();
        Assert.Equal(weights.Keys.Order(), others.Keys.Order());
        foreach ((string name, Tensor weight) in weights)
            Assert.Equal(weight.data<float>().ToArray(), others[name].data<float>().ToArray());
        Tensor x = arange(2 * 3 * 5 * 8, dtype: float32).cos().reshape(2, 3, 5, 8);
        Assert.Equal(
            ((nn.Module<Tensor, Tensor>)expected).forward(x).data<float>().ToArray(),
            ((nn.Module<Tensor, Tensor>)actual).forward(x).data<float>().ToArray());
    }
}
