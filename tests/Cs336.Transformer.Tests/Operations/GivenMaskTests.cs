using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

/// <summary>Attention with a mask that is given, against plain loops over numbers in double precision.</summary>
public sealed class GivenMaskTests
{
    public static TheoryData<long[]> Leading => [[], [1], [3], [2, 3], [2, 1, 3], [0], [2, 0]];

    [Theory]
    [MemberData(nameof(Leading))]
    public void Each_query_sees_what_its_mask_allows(long[] leading)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(3, CPU);
        (long, long, long)[] sizes = [(5, 5, 4), (3, 7, 2), (7, 3, 4), (1, 1, 1), (0, 3, 2), (3, 0, 2)];
        foreach ((long queries, long keys, long width) in sizes)
        {
            Tensor q = Draw([.. leading, queries, 4], generator), k = Draw([.. leading, keys, 4], generator), v = Draw(
                [.. leading, keys, width], generator);
            Tensor mask = rand([.. leading, queries, keys], generator: generator) > 0.5;
            if (keys > 0 && queries > 1) mask.select(-2, 0).fill_(false); // a query that sees nothing
            AssertIsEquation(q, k, v, mask);
            AssertIsEquation(q, k, v, null);
        }
    }

    [Fact]
    public void A_mask_stretches_over_dimensions_that_it_leaves_out_or_has_as_one()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(4, CPU);
        Tensor q = Draw([2, 3, 4, 6], generator), k = Draw([2, 3, 5, 6], generator), v = Draw([2, 3, 5, 6], generator);
        foreach (long[] shape in (long[][])[[4, 5], [3, 4, 5], [1, 3, 4, 5], [2, 1, 4, 5], [2, 1, 1, 5], [4, 1], [1]])
        {
            Tensor mask = rand(shape, generator: generator) > 0.4;
            Tensor whole = ScaledDotProductAttention.Attend(q, k, v, mask.expand(2, 3, 4, 5));
            AssertNear(whole, ScaledDotProductAttention.Attend(q, k, v, mask));
            AssertIsEquation(q, k, v, mask);
        }
    }

    [Theory]
    [InlineData(ComputePath.Fast)]
    [InlineData(ComputePath.Explicit)]
    public void A_mask_that_hides_the_future_is_causal_attention(ComputePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(5, CPU);
        Tensor q = Draw([2, 3, 9, 8], generator), k = Draw([2, 3, 9, 8], generator), v = Draw([2, 3, 9, 8], generator);
        Tensor mask = ones([9, 9], dtype: @bool).tril();
        AssertNear(ScaledDotProductAttention.Attend(q, k, v, path), ScaledDotProductAttention.Attend(q, k, v, mask));
    }

    [Fact]
    public void A_query_that_sees_nothing_gets_zeros_and_gives_no_gradients_even_from_large_scores()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor q = full([2, 3], 100f).requires_grad_(), k = full([4, 3], 100f).requires_grad_(), v = ones([4, 3]).requires_grad_();
        Tensor mask = tensor(new bool[] { false, false, false, false, true, true, false, false }, [2, 4]);
        Tensor attended = ScaledDotProductAttention.Attend(q, k, v, mask);
        Assert.Equal([0f, 0, 0, 1, 1, 1], attended.data<float>().ToArray());
        attended.sum().backward();
        Assert.Equal([.5f, .5f, .5f, .5f, .5f, .5f, 0, 0, 0, 0, 0, 0], v.grad!.data<float>().ToArray());
        foreach (Tensor x in (Tensor[])[q, k]) Assert.All(x.grad!.data<float>().ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Half_precision_attends_in_single()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(6, CPU);
        Tensor q = Draw([2, 4, 8], generator), k = Draw([2, 5, 8], generator), v = Draw([2, 5, 8], generator);
        Tensor attended = ScaledDotProductAttention.Attend(q.to_type(bfloat16), k.to_type(bfloat16), v.to_type(bfloat16), mask: null);
        Assert.Equal(ScalarType.BFloat16, attended.dtype);
        AssertNear(ScaledDotProductAttention.Attend(q, k, v, mask: null), attended, 0.05);
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor q = zeros(2, 3, 4), k = zeros(2, 5, 4), v = zeros(2, 5, 6), mask = ones([3, 5], dtype: @bool);
        Assert.Equal([2, 3, 6], ScaledDotProductAttention.Attend(q, k, v, mask).shape);

        void Refused(string expected, Action action) => Assert.Contains(expected, Assert.ThrowsAny<ArgumentException>(action).Message);
        Refused(
            "The queries have shape (2, 3, 4), the keys (2, 5, 4) and the values (2, 4, 6)",
            () => ScaledDotProductAttention.Attend(q, k, zeros(2, 4, 6), mask));
        Refused("expected (..., T, d), (..., S, d) and (..., S, d_v)", () => ScaledDotProductAttention.Attend(q, zeros(2, 5, 3), v, mask));
        // not stretched
        Refused("expected (..., T, d)", () => ScaledDotProductAttention.Attend(q, k.narrow(0, 0, 1), v.narrow(0, 0, 1), mask));
        Refused("expected (..., T, d)", () => ScaledDotProductAttention.Attend(zeros(4), zeros(4), zeros(4), mask));
        Refused("The mask has shape (5, 3); expected (2, 3, 5)", () => ScaledDotProductAttention.Attend(q, k, v, mask.t()));
        Refused("The mask has shape (1, 2, 3, 5)", () => ScaledDotProductAttention.Attend(q, k, v, mask.expand(1, 2, 3, 5)));
        Refused("The mask is Float32 on CPU", () => ScaledDotProductAttention.Attend(q, k, v, zeros(3, 5)));
        Refused("the keys Float64 on CPU", () => ScaledDotProductAttention.Attend(q, k.to_type(float64), v, mask));
    }

    private static Tensor Draw(long[] shape, Generator generator) => randn(shape, generator: generator).requires_grad_();

    private static void AssertIsEquation(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        Tensor actual = ScaledDotProductAttention.Attend(q, k, v, mask);
        Tensor[] exact = [.. new[] { q, k, v }.Select(x => x.detach().to_type(float64).requires_grad_())];
        Tensor expected = ByRows(exact[0], exact[1], exact[2], mask);
        AssertNear(expected, actual);
        if (actual.numel() == 0) return;
        Tensor gradient = arange(actual.numel(), dtype: float32).sin().reshape(actual.shape);
        foreach (Tensor x in (Tensor[])[q, k, v]) x.grad = null;
        actual.backward([gradient]);
        expected.backward([gradient.to_type(float64)]);
        Tensor[] inputs = [q, k, v];
        for (int i = 0; i < 3; i++) AssertNear(exact[i].grad!, inputs[i].grad!);
    }

    /// <summary>Row by row: the keys that a query sees are picked out, and nothing is masked.</summary>
    private static Tensor ByRows(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        long sequences = q.shape[..^2].Aggregate(1L, (a, b) => a * b), queries = q.size(-2), keys = k.size(-2), width = v.size(-1);
        Tensor visible = (mask ?? ones([1], dtype: @bool)).expand([.. q.shape[..^1], keys]).reshape(sequences, queries, keys);
        (Tensor rows, Tensor keyRows, Tensor valueRows) = (
            q.reshape(sequences, queries, q.size(-1)), k.reshape(sequences, keys, k.size(-1)), v.reshape(sequences, keys, width));
        List<Tensor> results = [];
        for (long sequence = 0; sequence < sequences; sequence++)
            for (long query = 0; query < queries; query++)
            {
                long[] seen =
                    [.. Enumerable.Range(0, (int)keys).Where(key => visible[sequence, query, key].item<bool>()).Select(key => (long)key)];
                if (seen.Length == 0) { results.Add(zeros([width], dtype: float64)); continue; }
                Tensor index = tensor(seen), ownKeys = keyRows[sequence].index_select(0, index),
                    ownValues = valueRows[sequence].index_select(0, index);
                Tensor scores = ownKeys.mv(rows[sequence, query]) / Math.Sqrt(q.size(-1));
                results.Add(scores.softmax(0).unsqueeze(0).mm(ownValues).squeeze(0));
            }
        Tensor whole = (results.Count == 0 ? zeros([0], dtype: float64) : stack(results)).reshape([.. q.shape[..^1], width]);
        return whole + 0 * (q.sum() + k.sum() + v.sum()); // differentiable too where nothing is seen
    }

    private static void AssertNear(Tensor expected, Tensor actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(
            allclose(expected.to_type(float64), actual.to_type(float64), rtol: 1e-4, atol: tolerance), $"{actual} is not {expected}");
    }
}
