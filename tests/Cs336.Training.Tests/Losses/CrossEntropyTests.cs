using Cs336.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class CrossEntropyTests
{
    [Fact]
    public void The_loss_is_the_mean_negative_log_probability()
    {
        using DisposeScope scope = NewDisposeScope();
        float[] logits = [1, 2, 3, 0.5f, -1, 4];
        double expected =
            (-Math.Log(Math.Exp(2) / (Math.Exp(1) + Math.Exp(2) + Math.Exp(3))) - Math.Log(
            Math.Exp(0.5) / (Math.Exp(0.5) + Math.Exp(-1) + Math.Exp(4)))) / 2;
        Assert.Equal(expected, CrossEntropy.Compute(tensor(logits, [1, 2, 3]), tensor(new long[] { 1, 0 }, [1, 2])).item<float>(), 1e-6);
    }

    [Fact]
    public void Huge_logits_neither_overflow_nor_vanish()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = CrossEntropy.Compute(tensor(new float[] { 10_000, 0, -10_000 }, [1, 3]), tensor(new long[] { 2 }));
        Assert.Equal(20_000, loss.item<float>());
        Assert.Equal(0, CrossEntropy.Compute(tensor(new float[] { 10_000, 0, -10_000 }, [1, 3]), tensor(new long[] { 0 })).item<float>());
    }

    [Fact]
    public void The_gradient_is_softmax_minus_the_target()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor(new float[] { 1, 2, 3 }, [1, 3], requires_grad: true);
        CrossEntropy.Compute(logits, tensor(new long[] { 2 })).backward();
        double sum = Math.Exp(-2) + Math.Exp(-1) + 1;
        float[] gradient = [.. logits.grad!.data<float>()];
        Assert.Equal(Math.Exp(-2) / sum, gradient[0], 1e-6);
        Assert.Equal(Math.Exp(-1) / sum, gradient[1], 1e-6);
        Assert.Equal(1 / sum - 1, gradient[2], 1e-6);
    }

    [Fact]
    public void It_equals_libtorch_s_own()
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Tensor logits = random.Normal([4, 7, 33]) * 5, targets = random.Ids(33, [4, 7]);
        Tensor expected = nn.functional.cross_entropy(logits.view(-1, 33), targets.view(-1));
        Assert.Equal(expected.item<float>(), CrossEntropy.Compute(logits, targets).item<float>(), 1e-5);
    }

    [Fact]
    public void Shapes_that_do_not_belong_together_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        string message = Assert.Throws<ArgumentException>(() => CrossEntropy.Compute(zeros(2, 3, 4), zeros([2, 4], dtype: int64))).Message;
        Assert.Contains("(2, 3, 4)", message);
        Assert.Contains("(2, 4)", message);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(7, 0)]
    [InlineData(8, 1e-2)]
    [InlineData(37, 0)]
    [InlineData(1_000, 1e-2)]
    public void Row_by_row_it_equals_tensor_operations(int vocabSize, double zLoss)
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Tensor logits = random.Normal([5, vocabSize]) * 4, other = logits.clone(), targets = random.Ids(vocabSize, [5]);
        double expected = CrossEntropy.InTensorOperations(logits, targets, 0.3, zLoss, withGradient: true);
        Assert.Equal(expected, CrossEntropy.InPlace(other, targets, 0.3, zLoss, withGradient: true), 1e-5 * Math.Max(1, expected));
        Assert.InRange((logits - other).abs().max().item<float>(), 0, 1e-6f);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_logit_that_is_not_finite_shows_in_the_loss(float value)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (int at in (int[])[0, 3, 18])
        {
            Tensor logits = zeros([1, 19]);
            logits[0, at] = value;
            Assert.False(double.IsFinite(CrossEntropy.InPlace(logits, tensor(new long[] { 5 }), 1, 0, withGradient: true)));
        }
    }

    [Fact]
    public void A_target_outside_the_vocabulary_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        string message = Assert.Throws<ArgumentException>(() =>
            CrossEntropy.InPlace(zeros([2, 4]), tensor(new long[] { 1, 4 }), 1, 0, withGradient: false)).Message;
        Assert.Equal("A target is 4, but there are logits for 4 tokens.", message);
    }
}
