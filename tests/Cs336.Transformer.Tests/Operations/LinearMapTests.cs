using Cs336.Testing;
using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

public sealed class LinearMapTests
{
    /// <summary>On both sides of the sizes from which on the product is computed as a convolution, and with leading dimensions.</summary>
    public static TheoryData<long[], long> Shapes => new()
    {
        { [1, 512], 33 },
        { [63, 512], 40 },
        { [64, 512], 40 },
        { [640, 32], 7 },
        { [641, 32], 7 },
        { [3, 50, 137], 61 },
        { [2, 5, 17, 131], 1 },
        { [300, 512], 1344 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Product_and_gradients_are_those_in_double_precision(long[] shape, long outFeatures)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(7);
        Tensor x = randn(shape, generator: generator).requires_grad_(),
            w = randn([outFeatures, shape[^1]], generator: generator).requires_grad_();
        long[] resultShape = [.. shape[..^1], outFeatures];
        Tensor dy = randn(resultShape, generator: generator);
        Tensor exactX = x.detach().to_type(float64).requires_grad_(), exactW = w.detach().to_type(float64).requires_grad_();
        Tensor exact = matmul(exactX, exactW.t());
        exact.backward([dy.to_type(float64)]);

        Tensor product = LinearMap.Compute(x, w);
        product.backward([dy]);

        Assert.Equal(resultShape, product.shape);
        AssertNear(exact, product);
        AssertNear(exactX.grad!, x.grad!);
        AssertNear(exactW.grad!, w.grad!);
    }

    [Fact]
    public void Input_that_is_not_contiguous_gives_the_same()
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Tensor x = random.Normal(200, 4, 160).transpose(0, 1), w = random.Normal(96, 50).t();
        Tensor narrow = x.narrow(-1, 7, 96);
        AssertNear(matmul(narrow.to_type(float64), w.to_type(float64).t()), LinearMap.Compute(narrow, w));
    }

    [Fact]
    public void A_wide_model_has_the_same_logits_and_gradients_on_both_paths()
    {
        using DisposeScope scope = NewDisposeScope();
        TransformerConfig config =
            new() { VocabSize = 300, ContextLength = 64, DModel = 160, NumLayers = 2, NumHeads = 5, DFf = 416, InitSeed = 3 };
        using TransformerLM fast = new(config), plain = new(config, ComputePath.Explicit);
        using Generator generator = new(2);
        Tensor ids = randint(0, 300, [4, 64], generator: generator, dtype: int64);
        Tensor expected = plain.forward(ids), actual = fast.forward(ids);
        AssertNear(expected, actual);
        Tensor gradient = randn(expected.shape, generator: generator);
        expected.backward([gradient]);
        actual.backward([gradient]);
        foreach (((_, TorchSharp.Modules.Parameter one), (_, TorchSharp.Modules.Parameter other)) in plain.named_parameters().Zip(
            fast.named_parameters()))
            AssertNear(one.grad!, other.grad!, 1e-4);
    }

    private static void AssertNear(Tensor expected, Tensor actual, double tolerance = 1e-5)
    {
        double scale = expected.abs().max().to_type(float64).item<double>();
        Assert.True(scale > 0);
        Assert.InRange((expected - actual).abs().max().to_type(float64).item<double>(), 0, tolerance * scale);
    }
}
