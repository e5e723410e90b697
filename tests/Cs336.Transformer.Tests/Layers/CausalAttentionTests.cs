using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

public sealed class CausalAttentionTests
{
    /// <summary>Batch, heads, T, head size: of one block of queries and of several, the last of them short, and of lengths and sizes that libtorch's kernel computes.</summary>
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 1, 1, 16, 16 },
        { 2, 3, 32, 16 },
        { 2, 3, 48, 32 },
        { 3, 2, 112, 48 },
        { 1, 2, 256, 64 },
        { 2, 2, 50, 32 },
        { 2, 2, 64, 20 },
        { 2, 2, 2, 32 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Result_and_gradients_are_those_of_the_equation_in_double_precision(int batch, int heads, int length, int size)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(5);
        Tensor[] exact = [.. Enumerable.Range(0, 3).Select(_ => (3 * randn([batch, length, heads, size], generator: generator)).to_type(float64).requires_grad_())];
        Tensor[] inputs = [.. exact.Select(x => x.detach().to_type(float32).requires_grad_())];
        Tensor gradient = randn([batch, heads, length, size], generator: generator);
        Tensor expected = Attend(exact), actual = Attend(inputs);
        expected.backward([gradient.to_type(float64)]);
        actual.backward([gradient]);
        AssertNear(expected, actual);
        using (no_grad()) AssertNear(expected, Attend(inputs));
        for (int i = 0; i < 3; i++) AssertNear(exact[i].grad!, inputs[i].grad!);

        Tensor Attend(Tensor[] x) => ScaledDotProductAttention.Attend(
            x[0].transpose(1, 2), x[1].transpose(1, 2), x[2].transpose(1, 2), x[0].dtype == float64 ? ComputePath.Explicit : ComputePath.Fast);
    }

    [Fact]
    public void Large_scores_overflow_nothing_and_what_is_no_number_shows()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn([1, 1, 32, 16]) * 1e4;
        AssertNear(ScaledDotProductAttention.Attend(x, x, x, ComputePath.Explicit), ScaledDotProductAttention.Attend(x, x, x, ComputePath.Fast));
        x[0, 0, 20, 3] = float.NaN;
        float[] result = [.. ScaledDotProductAttention.Attend(x, x, x, ComputePath.Fast).contiguous().data<float>()];
        Assert.All(result[(20 * 16)..(21 * 16)], value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void Gradients_of_gradients_are_those_of_the_equation()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor values = randn([1, 2, 16, 16]);
        Tensor Penalty(ComputePath path)
        {
            Tensor x = values.clone().requires_grad_();
            Tensor first = autograd.grad([ScaledDotProductAttention.Attend(x, x, x, path).square().sum()], [x], retain_graph: true, create_graph: true)[0];
            return autograd.grad([first.square().sum()], [x])[0];
        }
        AssertNear(Penalty(ComputePath.Explicit), Penalty(ComputePath.Fast), 1e-4);
    }

    [Fact]
    public void Many_passes_under_collections_leave_no_tensor_behind()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn([2, 2, 32, 16]).requires_grad_();
        Pass();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 200; i++)
        {
            Pass();
            if (i % 20 == 0) GC.Collect();
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        void Pass()
        {
            using DisposeScope pass = NewDisposeScope();
            x.grad?.zero_();
            ScaledDotProductAttention.Attend(x, x, x, ComputePath.Fast).square().sum().backward();
        }
    }

    private static void AssertNear(Tensor expected, Tensor actual, double tolerance = 1e-5)
    {
        double scale = expected.abs().max().to_type(float64).item<double>();
        Assert.True(scale > 0);
        Assert.InRange((expected - actual).abs().max().to_type(float64).item<double>(), 0, tolerance * scale);
    }
}
