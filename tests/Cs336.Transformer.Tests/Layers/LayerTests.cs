using Cs336.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

public sealed class LayerTests
{
    [Fact]
    public void Rotation_keeps_lengths_and_makes_products_depend_on_distance_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        using RotaryEmbedding rope = new(10_000, 8, 64, CPU);
        Tensor q = random.Normal([1, 1, 1, 8]), k = random.Normal([1, 1, 1, 8]);
        float Product(long queryPosition, long keyPosition) =>
            (rope.Rotate(q, queryPosition) * rope.Rotate(k, keyPosition)).sum().item<float>();
        Assert.Equal(Product(5, 2), Product(60, 57), 1e-4f);
        Assert.NotEqual(Product(5, 2), Product(5, 3), 1e-4f);
        Assert.Equal(q.norm().item<float>(), rope.Rotate(q, 33).norm().item<float>(), 1e-5f);
        Assert.True(allclose(q, rope.Rotate(q, 0)));
    }

    [Fact]
    public void A_norm_of_half_precision_input_is_computed_in_single()
    {
        using DisposeScope scope = NewDisposeScope();
        using RmsNorm norm = new(4, 1e-5, CPU);
        Tensor large = tensor(new float[] { 300, -300, 300, 300 }).to_type(float16); // squares beyond float16
        Tensor result = norm.forward(large);
        Assert.Equal(ScalarType.Float16, result.dtype);
        Assert.Equal([1f, -1f, 1f, 1f], result.to_type(float32).data<float>().ToArray());
    }

    [Fact]
    public void A_norm_of_zeros_is_zeros()
    {
        using DisposeScope scope = NewDisposeScope();
        using RmsNorm norm = new(3, 1e-5, CPU);
        Assert.Equal([0f, 0f, 0f], norm.forward(zeros(3)).data<float>().ToArray());
    }

    [Fact]
    public void Softmax_stands_large_logits_and_sums_to_one()
    {
        using DisposeScope scope = NewDisposeScope();
        float[] probabilities =
            [.. ScaledDotProductAttention.Softmax(tensor(new float[] { 1000, 1001, 999, float.NegativeInfinity })).data<float>()];
        double sum = 1 + Math.Exp(-1) + Math.Exp(-2);
        Assert.Equal(Math.Exp(-1) / sum, probabilities[0], 1e-6);
        Assert.Equal(1 / sum, probabilities[1], 1e-6);
        Assert.Equal(0, probabilities[3]);
        Assert.Equal(1, probabilities.Sum(), 1e-6);
    }

    [Fact]
    public void A_linear_layer_multiplies_by_its_transposed_weight()
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        using Generator generator = new(1, CPU);
        using Linear linear = new(3, 2, generator, CPU);
        Tensor weight = linear.parameters().Single();
        Assert.Equal([2, 3], weight.shape);
        Tensor x = random.Normal([4, 5, 3]);
        Assert.True(allclose(einsum("oi,bti->bto", weight, x), linear.forward(x), atol: 1e-6));
    }
}
