using Cs336.Testing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

public sealed class FlashAttentionTests
{
    /// <summary>
    /// Batch, heads, T, head size: below one tile and one register, of one block of queries and of several, the last of them short,
    /// of more positions than one chunk of values, and of lengths and sizes that are no multiple of anything.
    /// </summary>
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 1, 1, 1, 1 },
        { 2, 1, 2, 3 },
        { 1, 1, 16, 16 },
        { 2, 3, 32, 16 },
        { 2, 3, 48, 32 },
        { 2, 2, 50, 32 },
        { 2, 2, 64, 20 },
        { 2, 2, 2, 32 },
        { 1, 3, 37, 7 },
        { 3, 2, 112, 48 },
        { 1, 2, 131, 40 },
        { 1, 2, 256, 64 },
        { 1, 1, 421, 17 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Result_and_gradients_are_those_of_the_equation_in_double_precision(int batch, int heads, int length, int size)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(5);
        Tensor[] exact =
            [.. Enumerable.Range(0, 3)
                .Select(_ => (3 * randn([batch, length, heads, size], generator: generator)).to_type(float64).requires_grad_())];
        Tensor[] inputs = [.. exact.Select(x => x.detach().to_type(float32).requires_grad_())];
        Tensor gradient = randn([batch, heads, length, size], generator: generator);
        Tensor expected = Attend(exact), actual = Attend(inputs);
        expected.backward([gradient.to_type(float64)]);
        actual.backward([gradient]);
        AssertNear(expected, actual);
        using (no_grad()) AssertNear(expected, Attend(inputs));
        for (int i = 0; i < 3; i++) AssertNear(exact[i].grad!, inputs[i].grad!);

        Tensor Attend(Tensor[] x) => ScaledDotProductAttention.Attend(
            x[0].transpose(1, 2), x[1].transpose(1, 2), x[2].transpose(1, 2), x[0].dtype == float64
                ? ComputePath.Explicit
                : ComputePath.Fast);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_width_of_register_gives_what_the_equation_does(int batch, int heads, int length, int size)
    {
        foreach ((string name, Func<int, int, int, FlashAttentionHead> create) in FlashAttentionHead.Supported)
        {
            using DisposeScope scope = NewDisposeScope();
            using Generator generator = new((ulong)(batch + heads));
            Tensor[] inputs = [.. Enumerable.Range(0, 3).Select(_ => 2 * randn([length, size], generator: generator))];
            Tensor gradient = randn([length, size], generator: generator);
            Tensor[] exact = [.. inputs.Select(x => x.to_type(float64).unsqueeze(0).unsqueeze(0).requires_grad_())];
            Tensor expected = ScaledDotProductAttention.Attend(exact[0], exact[1], exact[2], ComputePath.Explicit);
            expected.backward([gradient.to_type(float64).unsqueeze(0).unsqueeze(0)]);

            Tensor output = full([length, size], float.NaN), logSums = full([length], float.NaN);
            Tensor[] gradients = [.. inputs.Select(x => full_like(x, float.NaN))];
            using (FlashAttentionHead head = create(length, size, int.MaxValue))
            {
                unsafe
                {
                    // Twice, because a head is used for many sequences, and finds what the one before left.
                    for (int time = 0; time < 2; time++)
                    {
                        head.Attend(Rows(inputs[0]), Rows(inputs[1]), Rows(inputs[2]), Rows(output), (float*)Rows(logSums).Start);
                        head.Differentiate(
                            Rows(inputs[0]), Rows(inputs[1]), Rows(inputs[2]), Rows(output), (float*)Rows(logSums).Start,
                            Rows(gradient), Rows(gradients[0]), Rows(gradients[1]), Rows(gradients[2]));
                    }
                }
            }

            AssertNear(expected[0, 0], output, 1e-5, name);
            for (int i = 0; i < 3; i++) AssertNear(exact[i].grad![0, 0], gradients[i], 1e-5, name);
        }

        static unsafe StridedRows Rows(Tensor x) => new((nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(x.bytes)), (nint)x.stride(0));
    }

    [Theory]
    [InlineData(50, 1)]
    [InlineData(50, 7)]
    [InlineData(50, 49)]
    [InlineData(50, 50)]
    [InlineData(421, 1)]
    [InlineData(421, 20)]
    [InlineData(421, 192)]
    [InlineData(421, 300)]
    public void A_window_gives_what_the_equation_does_in_either_pass(int length, int window)
    {
        foreach ((string name, Func<int, int, int, FlashAttentionHead> create) in FlashAttentionHead.Supported)
        {
            using DisposeScope scope = NewDisposeScope();
            using Generator generator = new((ulong)(length + window));
            Tensor[] inputs = [.. Enumerable.Range(0, 3).Select(_ => 2 * randn([length, 10], generator: generator))];
            Tensor gradient = randn([length, 10], generator: generator);
            Tensor[] exact = [.. inputs.Select(x => x.to_type(float64).requires_grad_())];
            // The equation again, with a mask of its own.
            Tensor distance = arange(length).unsqueeze(1) - arange(length);
            Tensor scores = exact[0].matmul(exact[1].t()) / Math.Sqrt(10);
            Tensor seen = distance.ge(0).logical_and(distance.lt(window));
            Tensor expected = scores.masked_fill(seen.logical_not(), double.NegativeInfinity).softmax(-1).matmul(exact[2]);
            expected.backward([gradient.to_type(float64)]);
            AssertNear(expected, ScaledDotProductAttention.Attend(exact[0], exact[1], exact[2], ComputePath.Explicit, window));

            Tensor output = full([length, 10], float.NaN), logSums = full([length], float.NaN);
            Tensor[] gradients = [.. inputs.Select(x => full_like(x, float.NaN))];
            using (FlashAttentionHead head = create(length, 10, window))
            {
                unsafe
                {
                    head.Attend(Rows(inputs[0]), Rows(inputs[1]), Rows(inputs[2]), Rows(output), (float*)Rows(logSums).Start);
                    head.Differentiate(
                        Rows(inputs[0]), Rows(inputs[1]), Rows(inputs[2]), Rows(output), (float*)Rows(logSums).Start,
                        Rows(gradient), Rows(gradients[0]), Rows(gradients[1]), Rows(gradients[2]));
                }
            }
            AssertNear(expected, output, 1e-5, name);
            for (int i = 0; i < 3; i++) AssertNear(exact[i].grad!, gradients[i], 1e-5, name);
        }

        static unsafe StridedRows Rows(Tensor x) => new((nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(x.bytes)), (nint)x.stride(0));
    }

    [Fact]
    public void Gradients_within_a_window_can_be_differentiated_again()
    {
        Tensor[] Second(ComputePath path)
        {
            using Generator generator = new(8);
            Tensor[] x = [.. Enumerable.Range(0, 3).Select(_ => randn([1, 2, 11, 4], generator: generator).requires_grad_())];
            Tensor sum = ScaledDotProductAttention.Attend(x[0], x[1], x[2], path, window: 4).square().sum();
            Tensor[] first = [.. autograd.grad([sum], x, retain_graph: true, create_graph: true)];
            return [.. autograd.grad([first.Select(gradient => gradient.square().sum()).Aggregate((a, b) => a + b)], x)];
        }
        using DisposeScope scope = NewDisposeScope();
        foreach ((Tensor expected, Tensor actual) in Second(ComputePath.Explicit).Zip(Second(ComputePath.Fast)))
            AssertNear(expected, actual, 1e-4);
    }

    [Fact]
    public void A_window_without_a_position_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = zeros([1, 1, 2, 2]);
        Assert.Contains(
            "The window is 0",
            Assert.Throws<ArgumentException>(() => ScaledDotProductAttention.Attend(x, x, x, ComputePath.Fast, 0)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_widths_of_register_are_those_that_the_process_may_use()
    {
        List<string> expected = ["one number at a time"];
        if (Vector128.IsHardwareAccelerated) expected.Insert(0, "128-bit vectors");
        if (Vector256.IsHardwareAccelerated) expected.Insert(0, "256-bit vectors");
        if (Vector512.IsHardwareAccelerated) expected.Insert(0, "512-bit vectors");
        Assert.Equal(expected, FlashAttentionHead.Supported.Select(item => item.Name));
    }

    [Theory]
    [InlineData(ComputePath.Fast)]
    [InlineData(ComputePath.Explicit)]
    public void Leading_dimensions_may_be_any_and_must_be_the_same(ComputePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Tensor x = random.Normal([2, 3, 9, 4]);
        Tensor expected = ScaledDotProductAttention.Attend(x, x, x, path);
        AssertNear(expected.flatten(0, 1), ScaledDotProductAttention.Attend(x.flatten(0, 1), x.flatten(0, 1), x.flatten(0, 1), path));
        AssertNear(expected.unsqueeze(0), ScaledDotProductAttention.Attend(x.unsqueeze(0), x.unsqueeze(0), x.unsqueeze(0), path));
        AssertNear(expected[1, 2], ScaledDotProductAttention.Attend(x[1, 2], x[1, 2], x[1, 2], path));
        (Tensor, Tensor, Tensor)[] unfit =
        [
            (x, x[0], x), (x, x.narrow(1, 0, 2), x.narrow(1, 0, 2)), (x, x, x.narrow(2, 0, 8)), (x, x.narrow(3, 0, 2), x.narrow(3, 0, 2)),
            (x, x.narrow(2, 0, 5), x.narrow(2, 0, 5)),
        ];
        foreach ((Tensor q, Tensor k, Tensor v) in unfit)
            Assert.Contains(
                "The queries have shape (2, 3, 9, 4)",
                Assert.Throws<ArgumentException>(() => ScaledDotProductAttention.Attend(q, k, v, path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Large_scores_overflow_nothing_and_what_is_no_number_shows()
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Tensor x = random.Normal([1, 1, 32, 16]) * 1e4;
        AssertNear(
            ScaledDotProductAttention.Attend(x, x, x, ComputePath.Explicit), ScaledDotProductAttention.Attend(x, x, x, ComputePath.Fast));
        x[0, 0, 20, 3] = float.NaN;
        float[] result = [.. ScaledDotProductAttention.Attend(x, x, x, ComputePath.Fast).contiguous().data<float>()];
        Assert.All(result[(20 * 16)..(21 * 16)], value => Assert.True(float.IsNaN(value)));
    }

    [Theory]
    [InlineData(16, 16)]
    [InlineData(7, 5)]
    [InlineData(60, 24)]
    public void Gradients_of_gradients_are_those_of_the_equation(int length, int size)
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Tensor values = random.Normal([1, 2, length, size]);
        Tensor Penalty(ComputePath path)
        {
            Tensor x = values.clone().requires_grad_();
            Tensor first = autograd.grad(
                [ScaledDotProductAttention.Attend(x, x, x, path).square().sum()], [x], retain_graph: true, create_graph: true)[0];
            return autograd.grad([first.square().sum()], [x])[0];
        }
        AssertNear(Penalty(ComputePath.Explicit), Penalty(ComputePath.Fast), 1e-4);
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.BFloat16)]
    public void Other_types_have_gradients_of_gradients_too(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Tensor x = random.Normal([1, 1, 9, 4]).to_type(type).requires_grad_();
        Tensor first = autograd.grad(
            [ScaledDotProductAttention.Attend(x, x, x, ComputePath.Fast).pow(2).sum()], [x], retain_graph: true, create_graph: true)[0];
        first.pow(2).sum().backward();
        Assert.True(x.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void Fewer_queries_than_keys_have_gradients_of_gradients_too()
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Tensor x = random.Normal([1, 1, 9, 4]).requires_grad_();
        Tensor first = autograd.grad(
            [ScaledDotProductAttention.Attend(x.narrow(2, 5, 4), x, x, ComputePath.Fast).pow(
                2).sum()], [x], retain_graph: true, create_graph: true)[0];
        first.pow(2).sum().backward();
        Assert.True(x.grad!.isfinite().all().item<bool>());
    }

    /// <summary>Queries that change after they were used: what the backward pass needs is gone, which it finds out in C#.</summary>
    [Fact]
    public void What_goes_wrong_in_the_backward_pass_reaches_the_caller_as_an_exception()
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Tensor leaf = random.Normal([1, 1, 8, 4]).requires_grad_();
        Assert.Throws<ExternalException>(() => Spoiled().backward());
        Assert.Contains(
            "modified by an inplace operation", Assert.ThrowsAny<Exception>(() => Backpropagation.Run(Spoiled())).Message,
            StringComparison.Ordinal);

        Tensor y = ScaledDotProductAttention.Attend(leaf, leaf, leaf, ComputePath.Fast).sum();
        Backpropagation.Run(y);
        Assert.True(leaf.grad!.isfinite().all().item<bool>());

        Tensor Spoiled()
        {
            Tensor x = leaf * 1;
            Tensor sum = ScaledDotProductAttention.Attend(x, x, x, ComputePath.Fast).sum();
            using (no_grad()) x.add_(Scalars.One, alpha: Scalars.One);
            return sum;
        }
    }

    [Fact]
    public void Many_passes_under_collections_leave_no_tensor_behind()
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededTensors random = new();
        Tensor x = random.Normal([2, 2, 32, 16]).requires_grad_();
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

    private static void AssertNear(Tensor expected, Tensor actual, double tolerance = 1e-5, string what = "")
    {
        double scale = expected.abs().max().to_type(float64).item<double>();
        double error = (expected - actual).abs().max().to_type(float64).item<double>();
        Assert.True(error <= tolerance * Math.Max(scale, 1), $"{what}: {error} from {scale}");
    }
}
