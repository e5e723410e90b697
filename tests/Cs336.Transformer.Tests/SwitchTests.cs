using Cs336.Inference;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

/// <summary>What recipes of today add, as far as <see cref="TransformerLMTests"/> does not go through it as one of its variants.</summary>
public sealed class SwitchTests
{
    private static readonly TransformerConfig Config = new()
    {
        VocabSize = 50, ContextLength = 16, DModel = 24, NumLayers = 3, NumHeads = 3, DFf = 40, RopeTheta = 100, InitSeed = 5,
    };

    private static readonly long[] Tokens = [3, 1, 4, 1, 5, 9, 2, 6, 49, 0];

    [Theory]
    [InlineData(FeedForwardKind.SwiGlu)]
    [InlineData(FeedForwardKind.Silu)]
    [InlineData(FeedForwardKind.Relu2)]
    public void Outputs_that_begin_at_zero_leave_all_other_weights_and_the_stream_as_they_are(FeedForwardKind feedForward)
    {
        using DisposeScope scope = NewDisposeScope();
        using TransformerLM plain = new(Config with { FeedForward = feedForward });
        using TransformerLM model = new(Config with { FeedForward = feedForward, ZeroInitOutputs = true });
        Dictionary<string, Parameter> expected = plain.named_parameters().ToDictionary(item => item.name, item => item.parameter);
        int zeros = 0;
        foreach ((string name, Parameter parameter) in model.named_parameters())
        {
            bool isOutput = name.EndsWith("attn.output_proj.weight", StringComparison.Ordinal)
                || name.EndsWith("ffn.w2.weight", StringComparison.Ordinal);
            Assert.True((isOutput ? zeros_like(parameter) : expected[name]).equal(parameter).all().item<bool>(), name);
            Assert.True(parameter.requires_grad && parameter.is_leaf, name);
            if (isOutput) zeros++;
        }
        Assert.Equal(2 * Config.NumLayers, zeros);

        Tensor ids = tensor(Tokens, [1, Tokens.Length]);
        Tensor embeddings = expected["token_embeddings.weight"].index_select(0, ids.flatten());
        RmsNorm norm = new(Config.DModel);
        Assert.True(allclose(norm.forward(embeddings), model.ForwardHidden(ids)[0], atol: 1e-6));
    }

    [Fact]
    public void Gates_of_value_embeddings_begin_at_one_in_every_second_layer_and_a_layer_by_itself_refuses()
    {
        using DisposeScope scope = NewDisposeScope();
        TransformerConfig config = Config with { ValueEmbeddings = true };
        using TransformerLM model = new(config);
        Dictionary<string, Parameter> parameters = model.named_parameters().ToDictionary(item => item.name, item => item.parameter);
        Assert.Equal(["layers.0.attn.value_gate.weight", "layers.2.attn.value_gate.weight"],
            parameters.Keys.Where(name => name.Contains("value_gate")).Order(StringComparer.Ordinal));
        Assert.Equal([3, 24], parameters["layers.2.attn.value_gate.weight"].shape);
        Assert.Equal([50, 24], parameters["layers.2.attn.value_embeddings.weight"].shape);
        Assert.Equal(0, parameters["layers.2.attn.value_gate.weight"].abs().max().item<float>());

        using TransformerBlock block = new(config with { Position = PositionEncoding.None }, null, ComputePath.Fast, null, CPU, layer: 2);
        Assert.Contains("only a whole TransformerLM", Assert.Throws<ArgumentException>(() => block.forward(zeros(1, 4, 24))).Message);
    }

    [Fact]
    public void Skips_begin_at_one_and_join_layers_from_the_outside_in()
    {
        TransformerConfig config = Config with { NumLayers = 5, UNetSkips = true };
        Assert.Equal([null, null, null, 1, 0], Enumerable.Range(0, 5).Select(config.SkipOf));
        Assert.Equal([null, null, 1, 0], Enumerable.Range(0, 4).Select((config with { NumLayers = 4 }).SkipOf));
        using TransformerLM model = new(config), plain = new(Config with { NumLayers = 5 });
        (string Name, Parameter Parameter)[] own = [.. model.named_parameters().Where(item => item.name.Contains("skip"))];
        Assert.Equal(["layers.3.skip.weight", "layers.4.skip.weight"], own.Select(item => item.Name).Order(StringComparer.Ordinal));
        Assert.All(own, item => Assert.Equal([1f], item.Parameter.data<float>().ToArray()));
        // Nothing is drawn for them: all other weights are those of a model without.
        foreach ((string name, Parameter parameter) in plain.named_parameters())
            Assert.True(parameter.equal(model.get_parameter(name)!).all().item<bool>(), name);
    }

    [Fact]
    public void Outputs_that_begin_at_zero_learn_from_the_first_step_and_what_lies_before_them_from_the_second()
    {
        using DisposeScope scope = NewDisposeScope();
        using TransformerLM model = new(Config with { ZeroInitOutputs = true });
        Tensor ids = tensor(Tokens, [1, Tokens.Length]);
        using torch.optim.Optimizer optimizer = torch.optim.SGD(model.parameters(), 0.1);
        double[] before = new double[2], output = new double[2];
        for (int step = 0; step < 2; step++)
        {
            optimizer.zero_grad();
            nn.functional.cross_entropy(model.forward(ids)[0][..^1], ids[0][1..]).backward();
            before[step] = GradientOf("layers.1.attn.q_proj.weight");
            output[step] = GradientOf("layers.1.attn.output_proj.weight");
            optimizer.step();
        }
        Assert.Equal(0, before[0]);
        Assert.True(output[0] > 0 && before[1] > 0, "A weight has no gradient.");

        double GradientOf(string name) =>
            model.named_parameters().Single(item => item.name == name).parameter.grad!.abs().max().item<float>();
    }
}
