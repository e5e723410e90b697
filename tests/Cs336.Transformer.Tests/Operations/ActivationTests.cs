using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

public sealed class ActivationTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(-1)]
    [InlineData(-2)]
    [InlineData(-3)]
    public void Softmax_over_any_dimension_is_its_equation(long dimension)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(1, CPU);
        Tensor x = (randn([3, 4, 5], generator: generator) + 90).requires_grad_(), exact = x.detach().to_type(float64).requires_grad_();
        Tensor actual = ScaledDotProductAttention.Softmax(x, dimension), exponentials = exact.exp();
        Tensor expected = exponentials / exponentials.sum(dimension, keepdim: true);
        Assert.True(allclose(expected, actual.to_type(float64), atol: 1e-6));
        Assert.True(allclose(ones_like(actual.sum(dimension)), actual.sum(dimension)));
        Tensor weights = arange(60).reshape(3, 4, 5).cos();
        (actual * weights).sum().backward();
        (expected * weights).sum().backward();
        Assert.True(allclose(exact.grad!, x.grad!.to_type(float64), atol: 1e-6));
    }

    [Fact]
    public void Softmax_of_numbers_and_of_nothing()
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Equal(1, ScaledDotProductAttention.Softmax(tensor(3f)).item<float>());
        Assert.Equal([0, 4], ScaledDotProductAttention.Softmax(zeros(0, 4), 0).shape);
        foreach ((long dimension, string shape) in ((long, string)[])[(2, "(2, 3)"), (-3, "(2, 3)")])
            Assert.Contains($"The logits have shape {shape}; expected a dimension from -2 to 1",
                Assert.Throws<ArgumentOutOfRangeException>(() => ScaledDotProductAttention.Softmax(zeros(2, 3), dimension)).Message);
    }

    [Theory]
    [InlineData(ComputePath.Fast)]
    [InlineData(ComputePath.Explicit)]
    public void SiLU_is_z_times_its_sigmoid_with_its_gradient(ComputePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        float[] values = [-80, -2.5f, -1, 0, 0.5f, 1, 3, 80];
        Tensor z = tensor(values, [2, 2, 2]).requires_grad_();
        Tensor actual = Silu.Compute(z, path);
        Assert.Equal(z.shape, actual.shape);
        actual.sum().backward();
        for (int i = 0; i < values.Length; i++)
        {
            double sigmoid = 1 / (1 + Math.Exp(-values[i]));
            Assert.Equal(values[i] * sigmoid, actual.flatten()[i].item<float>(), 1e-6);
            Assert.Equal(sigmoid + values[i] * sigmoid * (1 - sigmoid), z.grad!.flatten()[i].item<float>(), 1e-6);
        }
        Assert.Contains("SiLU was given Int64", Assert.Throws<ArgumentException>(() => Silu.Compute(tensor(1L), path)).Message);
    }
}
