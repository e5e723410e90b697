using Cs336.Testing;
using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

/// <summary>
/// Every layer takes any leading dimensions, with the values and gradients of its equation, and refuses what does not fit by name.
/// </summary>
public sealed class LayerShapesTests
{
    private static readonly TransformerConfig Config =
        new() { VocabSize = 20, ContextLength = 11, DModel = 8, NumLayers = 1, NumHeads = 2, DFf = 12 };

    public static TheoryData<long[], ComputePath> Leading
    {
        get
        {
            TheoryData<long[], ComputePath> data = [];
            foreach (ComputePath path in Enum.GetValues<ComputePath>())
                foreach (long[] leading in (long[][])[[], [1], [3], [2, 3], [2, 1, 3], [0], [2, 0]]) data.Add(leading, path);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Leading))]
    public void Attention_is_its_equation_for_any_leading_dimensions(long[] leading, ComputePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        foreach ((long queries, long keys) in ((long, long)[])[(5, 5), (1, 1), (3, 7), (1, 4), (0, 0), (0, 3)])
        {
            Tensor[] inputs = [.. new[] { queries, keys, keys }.Select(length => random.Normal([.. leading, length, 4]).requires_grad_())];
            Tensor[] exact = [.. inputs.Select(x => x.detach().to_type(float64).requires_grad_())];
            Tensor mask = ones([queries, keys], dtype: @bool).tril(keys - queries).logical_not();
            Tensor scores = einsum("...td,...sd->...ts", exact[0], exact[1]) / 2;
            Tensor expected = einsum("...ts,...sd->...td", scores.masked_fill(mask, double.NegativeInfinity).softmax(-1), exact[2]);
            Tensor actual = ScaledDotProductAttention.Attend(inputs[0], inputs[1], inputs[2], path);
            Assert.Equal(expected.shape, actual.shape);
            AssertNear(expected, actual);
            if (actual.numel() == 0) continue;
            Tensor gradient = random.Normal(actual.shape);
            expected.backward([gradient.to_type(float64)]);
            actual.backward([gradient]);
            for (int i = 0; i < 3; i++) AssertNear(exact[i].grad!, inputs[i].grad!);
        }
    }

    [Theory]
    [MemberData(nameof(Leading))]
    public void Rotation_turns_each_pair_by_its_angle_for_any_leading_dimensions(long[] leading, ComputePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        using RotaryEmbedding rope = new(100, 6, 2000, CPU, path);
        foreach ((long start, long count) in ((long, long)[])[(0, 5), (3, 1), (1995, 5), (0, 0), (1020, 10)])
        {
            Tensor x = random.Normal([.. leading, count, 6]).requires_grad_(), exact = x.detach().to_type(float64).requires_grad_();
            Tensor positions = arange(start, start + count, dtype: float64).unsqueeze(-1);
            Tensor angles = positions * pow(100.0, arange(0, 3, dtype: float64) * (-2.0 / 6)); // (T, 3)
            Tensor even = exact.index_select(-1, tensor(new long[] { 0, 2, 4 })), odd = exact.index_select(
                -1, tensor(new long[] { 1, 3, 5 }));
            Tensor expected = stack([even * angles.cos() - odd * angles.sin(), even * angles.sin() + odd * angles.cos()], -1).flatten(-2);
            Tensor actual = rope.Rotate(x, start);
            Assert.Equal(x.shape, actual.shape);
            AssertNear(expected, actual);
            Tensor gradient = random.Normal(x.shape);
            expected.backward([gradient.to_type(float64)]);
            actual.backward([gradient]);
            AssertNear(exact.grad!, x.grad!);
        }
    }

    [Theory]
    [InlineData(ComputePath.Fast)]
    [InlineData(ComputePath.Explicit)]
    public void Rotation_takes_vectors_however_they_lie_in_memory(ComputePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        using RotaryEmbedding rope = new(100, 4, 10, CPU, path);
        foreach (Tensor x in (Tensor[])[random.Normal([4, 5]).t(), random.Normal([5, 7]).narrow(1, 1, 4),
            random.Normal([2, 5, 5]).narrow(2, 0, 4), random.Normal([5, 8]).index(TensorIndex.Colon, TensorIndex.Slice(0, 8, 2))])
            AssertNear(rope.Rotate(x.contiguous(), 1), rope.Rotate(x, 1));
    }

    [Theory]
    [MemberData(nameof(Leading))]
    public void The_other_layers_take_any_leading_dimensions(long[] leading, ComputePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        using Generator generator = new(1, CPU);
        using RotaryEmbedding rope = new(100, Config.HeadSize, Config.ContextLength, CPU, path);
        using Embedding embedding = new(20, 8, generator, CPU);
        using nn.Module<Tensor, Tensor> attention =
            new CausalSelfAttention(Config, rope, path, generator, CPU), block = new TransformerBlock(Config, rope, path, generator, CPU),
            linear = new Linear(8, 3, generator, CPU, path), norm = new RmsNorm(8, 1e-5, CPU), feedForward = new SwiGlu(
                8, 12, generator, CPU, path);
        long sequences = leading.Aggregate(1L, (a, b) => a * b);
        foreach (long length in (long[])[1, 6, 11])
        {
            Tensor ids = random.Ids(20, [.. leading, length]);
            Tensor embedded = embedding.forward(ids);
            Assert.Equal([.. leading, length, 8], embedded.shape);
            AssertNear(embedding.forward(ids.reshape(1, ids.numel())).reshape(embedded.shape), embedded);
            foreach (nn.Module<Tensor, Tensor> layer in (nn.Module<Tensor, Tensor>[])[attention, block, linear, norm, feedForward])
            {
                Tensor x = embedded.detach().requires_grad_(), flat = embedded.detach().reshape(sequences, length, 8).requires_grad_();
                Tensor actual = layer.forward(x), expected = layer.forward(flat);
                AssertNear(expected.reshape(actual.shape), actual);
                actual.sum().backward();
                expected.sum().backward();
                AssertNear(flat.grad!.reshape(x.shape), x.grad!);
            }
        }
        Assert.Equal([8], embedding.forward(tensor(3L)).shape); // one id by itself
    }

    [Theory]
    [InlineData(ComputePath.Fast)]
    [InlineData(ComputePath.Explicit)]
    public void What_does_not_fit_is_refused_by_name(ComputePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(1, CPU);
        using RotaryEmbedding rope = new(100, Config.HeadSize, Config.ContextLength, CPU, path);
        using Embedding embedding = new(20, 8, generator, CPU);
        using CausalSelfAttention attention = new(Config, rope, path, generator, CPU);
        using TransformerBlock block = new(Config, rope, path, generator, CPU);
        using Linear linear = new(8, 3, generator, CPU, path);
        using RmsNorm norm = new(8, 1e-5, CPU);
        using SwiGlu feedForward = new(8, 12, generator, CPU, path);

        void Refused(string expected, Action action) => Assert.Contains(expected, Assert.ThrowsAny<ArgumentException>(action).Message);
        Refused("Embedding was given Int32; expected token ids as Int64", () => embedding.forward(zeros([2, 3], dtype: int32)));
        Refused("Embedding was given Float32", () => embedding.forward(zeros(2, 3)));
        Refused("RotaryEmbedding was given shape (2, 3, 6); expected (..., T, head_size) with head_size 4", () =>
            rope.Rotate(zeros(2, 3, 6), 0));
        Refused("RotaryEmbedding was given shape (4)", () => rope.Rotate(zeros(4), 0));
        Refused("RotaryEmbedding was given 12 positions from 0 on; expected positions 0 to 10", () => rope.Rotate(zeros(12, 4), 0));
        Refused("1 positions from -1 on", () => rope.Rotate(zeros(1, 4), -1));
        Refused("2 positions from 10 on", () => rope.Rotate(zeros(2, 4), 10));
        Refused("1 positions from 9223372036854775807 on", () => rope.Rotate(zeros(1, 4), long.MaxValue));
        Refused("The head size is 5", () => new RotaryEmbedding(100, 5, 11, CPU, path));
        Refused("headSize", () => new RotaryEmbedding(100, 0, 11, CPU, path));
        Refused("contextLength", () => new RotaryEmbedding(100, 4, 0, CPU, path));
        Refused("CausalSelfAttention was given shape (8); expected (..., T, d_model) with d_model 8", () => attention.forward(zeros(8)));
        Refused("CausalSelfAttention was given shape (2, 3, 7)", () => attention.forward(zeros(2, 3, 7)));
        Refused("RotaryEmbedding was given 12 positions", () => attention.forward(zeros(2, 12, 8)));
        Refused("RmsNorm was given shape (2, 3, 1); expected (..., d_model) with d_model 8", () => norm.forward(zeros(2, 3, 1)));
        Refused("RmsNorm was given shape ()", () => norm.forward(tensor(1f)));
        Refused("RmsNorm was given shape (2, 3, 7)", () => block.forward(zeros(2, 3, 7)));
        Refused("A linear map was given shape (8, 2); expected (..., in_features) with in_features 8", () => linear.forward(zeros(8, 2)));
        Refused("A linear map was given shape (2, 7)", () => feedForward.forward(zeros(2, 7)));
        Refused("The weight has shape (8)", () => LinearMap.Compute(zeros(2, 8), zeros(8), path));
        Tensor x = zeros(2, 3, 4);
        Refused(
            "The queries are Float32 on CPU, the keys Float64 on CPU and the values Float32 on CPU; expected one floating-point type",
            () => ScaledDotProductAttention.Attend(x, x.to_type(float64), x, path));
        Refused(
            "The queries are Int64 on CPU",
            () => ScaledDotProductAttention.Attend(x.to_type(int64), x.to_type(int64), x.to_type(int64), path));
        Refused("The queries have shape (4)", () => ScaledDotProductAttention.Attend(zeros(4), zeros(4), zeros(4), path));
        // not broadcast
        Refused(
            "expected (..., T, d) and twice (..., S, d)",
            () => ScaledDotProductAttention.Attend(x, x.narrow(0, 0, 1), x.narrow(0, 0, 1), path));
    }

    [Fact]
    public void Tables_that_inference_made_serve_training()
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        using RotaryEmbedding rope = new(100, 4, 10, CPU);
        Tensor x = random.Normal(5, 4).requires_grad_();
        using (inference_mode()) rope.Rotate(zeros(5, 4), 0);
        rope.Rotate(x, 0).sum().backward();
        Assert.Equal(x.shape, x.grad!.shape);
    }

    private static void AssertNear(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(allclose(expected.to_type(float64), actual.to_type(float64), rtol: 1e-4, atol: 1e-5), $"{actual} is not {expected}");
    }
}
