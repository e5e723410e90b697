using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

/// <summary>RoPE, attention and blocks at token positions that are given.</summary>
public sealed class GivenPositionsTests
{
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
    public void Rotation_turns_each_vector_by_the_angles_of_its_position(long[] leading, ComputePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(1, CPU);
        using RotaryEmbedding rope = new(100, 6, 2000, path: path);
        foreach (long[] shape in Shapes(leading, 5))
        {
            Tensor x = randn([.. leading, 5, 6], generator: generator).requires_grad_(),
                exact = x.detach().to_type(float64).requires_grad_();
            Tensor positions = randint(0, 2000, shape, dtype: int64, generator: generator);
            Tensor angles = positions.to_type(float64).unsqueeze(-1) * pow(100.0, arange(0, 3, dtype: float64) * (-2.0 / 6));
            Tensor even = exact.index_select(-1, tensor(new long[] { 0, 2, 4 })), odd = exact.index_select(
                -1, tensor(new long[] { 1, 3, 5 }));
            Tensor expected = stack([even * angles.cos() - odd * angles.sin(), even * angles.sin() + odd * angles.cos()], -1).flatten(-2);
            Tensor actual = rope.Rotate(x, positions);
            AssertNear(expected, actual);
            Tensor gradient = randn(x.shape, generator: generator);
            if (x.numel() == 0) continue;
            expected.backward([gradient.to_type(float64)]);
            actual.backward([gradient]);
            AssertNear(exact.grad!, x.grad!);
        }
    }

    [Theory]
    [MemberData(nameof(Leading))]
    public void Attention_and_blocks_stand_where_they_are_told(long[] leading, ComputePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(2, CPU);
        using RotaryEmbedding rope = new(50, 4, 64, path: path);
        using CausalSelfAttention attention = new(12, 3, rope, generator: generator, path: path);
        using TransformerBlock block = new(12, 3, 20, rope, generator: generator, path: path);
        foreach (long[] shape in Shapes(leading, 7))
        {
            Tensor x = randn([.. leading, 7, 12], generator: generator).requires_grad_(), exact = x.detach().requires_grad_();
            Tensor positions = randint(0, 64, shape, dtype: int64, generator: generator);
            AssertEqualWithGradients(exact, AttentionByHead(attention, exact, positions), x, attention.forward(x, positions));
            AssertEqualWithGradients(exact, BlockByEquation(block, exact, positions), x, block.forward(x, positions));
        }
    }

    [Theory]
    [InlineData(ComputePath.Fast)]
    [InlineData(ComputePath.Explicit)]
    public void The_usual_positions_give_what_no_positions_give(ComputePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(3, CPU);
        using RotaryEmbedding rope = new(10_000, 4, 16, path: path);
        using TransformerBlock block = new(8, 2, 12, rope, numKvHeads: 1, generator: generator, path: path);
        Tensor x = randn([2, 3, 9, 8], generator: generator);
        AssertNear(block.forward(x), block.forward(x, arange(9, dtype: int64)));
        AssertNear(block.forward(x), block.forward(x, arange(9, dtype: int64).expand(2, 1, 9)));
        // Only distances count, so that all may stand further along.
        AssertNear(block.forward(x), block.forward(x, arange(5, 14, dtype: int64)));
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        using DisposeScope scope = NewDisposeScope();
        using RotaryEmbedding rope = new(100, 4, 10);
        using CausalSelfAttention attention = new(8, 2, rope), without = new(8, 2);
        using TransformerBlock block = new(8, 2, 12, rope);
        Tensor x = zeros(2, 3, 8), heads = zeros(2, 3, 4), positions = arange(3, dtype: int64);

        void Refused(string expected, Action action) => Assert.Contains(expected, Assert.ThrowsAny<ArgumentException>(action).Message);
        foreach (
            Action<Tensor> use in (Action<Tensor>[])[p => rope.Rotate(heads, p), p => attention.forward(x, p), p => block.forward(x, p)])
        {
            use(positions);
            Refused("The positions are Float32; expected Int64", () => use(zeros(3)));
            Refused("The positions have shape (4); expected (2, 3)", () => use(zeros([4], dtype: int64)));
            Refused("The positions have shape (1); expected (2, 3)", () => use(zeros([1], dtype: int64)));
            Refused("The positions have shape (3, 3); expected (2, 3)", () => use(zeros([3, 3], dtype: int64)));
            Refused("The positions have shape (1, 2, 3); expected (2, 3)", () => use(zeros([1, 2, 3], dtype: int64)));
            Refused("The positions have shape (); expected (2, 3)", () => use(tensor(3L)));
            Refused("positions from 8 to 10; expected positions 0 to 9, which context_length 10 allows", () => use(positions + 8));
            Refused("positions from -1 to 1; expected positions 0 to 9", () => use(positions - 1));
        }
        Refused(
            "RotaryEmbedding was given shape (2, 3, 8); expected (..., T, head_size) with head_size 4", () => rope.Rotate(x, positions));
        Refused("CausalSelfAttention was given shape (2, 3, 4)", () => attention.forward(heads, positions));
        Refused("was given positions, but was made without a RotaryEmbedding", () => without.forward(x, positions));
    }

    /// <summary>Shapes of positions for vectors with these leading dimensions: for all the same, stretched, and one each.</summary>
    private static IEnumerable<long[]> Shapes(long[] leading, long length) =>
        leading.Length == 0
            ? [[length]]
            : [[length], [.. leading.Select(_ => 1L), length], [.. leading[1..], length], [.. leading, length]];

    /// <summary>Head by head and sequence by sequence, in one tensor for each, from the layer's own weights.</summary>
    private static Tensor AttentionByHead(CausalSelfAttention layer, Tensor x, Tensor positions)
    {
        Dictionary<string, Tensor> weights = layer.state_dict();
        long length = x.size(-2), sequences = x.numel() / (length * 12);
        Tensor rows = x.reshape(sequences, length, 12), places = positions.expand(x.shape[..^1]).reshape(sequences, length);
        Tensor hidden = ones([length, length], dtype: @bool).triu(1);
        List<Tensor> results = [];
        for (long sequence = 0; sequence < sequences; sequence++)
        {
            List<Tensor> heads = [];
            for (long head = 0; head < 3; head++)
            {
                Tensor Projected(string name) => rows[sequence].mm(weights[name + ".weight"].narrow(0, head * 4, 4).t());
                Tensor angles = places[sequence].to_type(float32).unsqueeze(-1) * pow(50.0, arange(0, 2, dtype: float32) * -0.5);
                Tensor Turned(Tensor v)
                {
                    Tensor a = v.index_select(1, tensor(new long[] { 0, 2 })), b = v.index_select(1, tensor(new long[] { 1, 3 }));
                    return stack([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], -1).flatten(-2);
                }
                Tensor scores = Turned(Projected("q_proj")).mm(Turned(Projected("k_proj")).t()) / 2;
                heads.Add(scores.masked_fill(hidden, double.NegativeInfinity).softmax(-1).mm(Projected("v_proj")));
            }
            results.Add(cat(heads, -1).mm(weights["output_proj.weight"].t()));
        }
        return (results.Count == 0 ? zeros(0) : stack(results)).reshape(x.shape);
    }

    private static Tensor BlockByEquation(TransformerBlock block, Tensor x, Tensor positions)
    {
        Dictionary<string, Tensor> weights = block.state_dict();
        using CausalSelfAttention attention = new(12, 3);
        Dictionary<string, Tensor> attentionWeights = weights.Where(item => item.Key.StartsWith("attn.", StringComparison.Ordinal))
            .ToDictionary(item => item.Key[5..], item => item.Value);
        Tensor Normed(Tensor v, string name) => v / (v.pow(2).mean([-1], keepdim: true) + 1e-5).sqrt() * weights[name];
        Tensor Mapped(Tensor v, string name) => einsum("...i,oi->...o", v, weights[name]);
        Tensor y = x + AttentionByHead(attention.WithWeights(attentionWeights), Normed(x, "ln1.weight"), positions);
        Tensor n = Normed(y, "ln2.weight"), gate = Mapped(n, "ffn.w1.weight");
        return y + Mapped(gate * gate.sigmoid() * Mapped(n, "ffn.w3.weight"), "ffn.w2.weight");
    }

    private static void AssertEqualWithGradients(Tensor exact, Tensor expected, Tensor x, Tensor actual)
    {
        AssertNear(expected, actual);
        if (x.numel() == 0) return;
        (exact.grad, x.grad) = (null, null);
        Tensor gradient = arange(x.numel(), dtype: float32).sin().reshape(x.shape);
        expected.backward([gradient]);
        actual.backward([gradient]);
        AssertNear(exact.grad!, x.grad!);
    }

    private static void AssertNear(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(allclose(expected.to_type(float64), actual.to_type(float64), rtol: 1e-3, atol: 1e-4), $"{actual} is not {expected}");
    }
}
