namespace Cs336.Inference.Tests;

public sealed class TrainingMemoryTests
{
    private const long Gigabyte = 1_000_000_000;

    [Fact]
    public void Activations_are_those_that_the_course_lists()
    {
        long tokens = 1024, d = 1600, ff = 6400, heads = 25, layers = 48, vocabulary = 50_257;
        long layer = 2 * tokens * d // norms
            + 3 * tokens * d + 2 * heads * tokens * tokens + tokens * d + tokens * d // attention
            + 4 * tokens * ff + tokens * d; // W1 x, SiLU, W3 x, product, W2
        ActivationMemory activations = ActivationMemory.PerSequence(Gpt2Shapes.Xl, 1024);
        Assert.Equal(4 * (layers * layer + tokens * d + 2 * tokens * vocabulary), activations.Total);
    }

    [Fact]
    public void The_problem_of_2026_counts_each_part_of_the_gated_network()
    {
        ActivationMemory activations = ActivationMemory.PerSequence(Gpt2Shapes.Xl2026, 1024);
        const long Inner = 4L * 48 * 1024 * 4288, Outer = 4L * 48 * 1024 * 1600;
        Assert.Equal((Inner, Inner, Inner, Inner, Outer),
            (activations.W1Product, activations.Silu, activations.W3Product, activations.GateProduct, activations.W2Product));
        Assert.Equal(4 * Inner + Outer, activations.FeedForward);
        Assert.Equal(
            ["W1 product", "SiLU", "W3 product", "gate product", "W2 product"],
            activations.Components.Skip(6).Take(5).Select(item => item.Name));
        Assert.Equal(3, TrainingMemory.Of(Gpt2Shapes.Xl2026, 1024).LargestBatch(80 * Gigabyte));
    }

    [Fact]
    public void Without_a_gate_the_feed_forward_network_holds_two_inner_tensors()
    {
        TransformerConfig silu = Shapes.Base with { FeedForward = FeedForwardKind.Silu };
        Assert.Equal(4L * 3 * 10 * (2 * 56 + 24), ActivationMemory.PerSequence(silu, 10).FeedForward);
        ActivationMemory activations = ActivationMemory.PerSequence(silu, 10);
        Assert.Equal((0, 0), (activations.W3Product, activations.GateProduct));
    }

    [Theory]
    [MemberData(nameof(Shapes.All), MemberType = typeof(Shapes))]
    public void The_components_add_up(TransformerConfig config)
    {
        ActivationMemory activations = ActivationMemory.PerSequence(config, 10);
        Assert.Equal(activations.Total, activations.Components.Sum(component => (long)component.Value));
        TrainingMemory memory = TrainingMemory.Of(config, 10);
        Assert.Equal(16 * ParameterCount.Of(config).Total, memory.Fixed);
        Assert.Equal(activations.Total, memory.PerSequence);
        Assert.Equal(7 * activations.Total + memory.Fixed, memory.At(7));
    }

    [Fact]
    public void The_expression_is_that_of_the_numbers()
    {
        Assert.Equal("18,034,335,744 · batch + 34,032,921,600", TrainingMemory.Of(Gpt2Shapes.Xl, 1024).Expression);
    }

    [Fact]
    public void The_largest_batch_fits_and_one_more_does_not()
    {
        TrainingMemory memory = TrainingMemory.Of(Gpt2Shapes.Xl, 1024);
        Assert.Equal(2, memory.LargestBatch(80 * Gigabyte));
        foreach (long available in (long[])[memory.At(5) - 1, memory.At(5), memory.At(5) + 1])
        {
            long batch = memory.LargestBatch(available);
            Assert.True(memory.At(batch) <= available);
            Assert.True(memory.At(batch + 1) > available);
        }
        Assert.Equal(0, memory.LargestBatch(1));
    }

    [Fact]
    public void Fused_attention_holds_no_scores()
    {
        ActivationMemory course = ActivationMemory.PerSequence(Gpt2Shapes.Xl, 1024);
        ActivationMemory fused = ActivationMemory.PerSequence(Gpt2Shapes.Xl, 1024, new ActivationOptions { FusedAttention = true });
        Assert.Equal(0, fused.AttentionScores);
        Assert.Equal(4L * 48 * 25 * 1024, fused.Softmax);
        Assert.Equal(course with { AttentionScores = 0, Softmax = fused.Softmax }, fused);
    }

    [Fact]
    public void A_loss_in_chunks_holds_the_logits_of_one_chunk()
    {
        ActivationMemory course = ActivationMemory.PerSequence(Gpt2Shapes.Xl, 1024);
        ActivationMemory chunked = ActivationMemory.PerSequence(Gpt2Shapes.Xl, 1024, new ActivationOptions { LossChunkLength = 64 });
        Assert.Equal(course with { Logits = course.Logits / 16, CrossEntropy = course.CrossEntropy / 16 }, chunked);
        Assert.Equal(course, ActivationMemory.PerSequence(Gpt2Shapes.Xl, 1024, new ActivationOptions { LossChunkLength = 5000 }));
    }

    [Fact]
    public void Bad_numbers_are_refused()
    {
        TrainingMemory memory = TrainingMemory.Of(Shapes.Base, 16);
        Assert.Contains("memoryBytes is 0", Assert.Throws<ArgumentOutOfRangeException>(() => memory.LargestBatch(0)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.At(-1));
        Assert.Contains("bytes to train with", Assert.Throws<OverflowException>(() => memory.At(long.MaxValue)).Message);
        Assert.Contains(
            "LossChunkLength is 0",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => ActivationMemory.PerSequence(Shapes.Base, 16, new ActivationOptions { LossChunkLength = 0 })).Message);
        Assert.Contains(
            "activations",
            Assert.Throws<OverflowException>(
                () => ActivationMemory.PerSequence(Shapes.Base with { NumLayers = int.MaxValue }, int.MaxValue)).Message);
    }
}
