using Cs336.Inference;
using Cs336.Transformer;

namespace Cs336.Training.Tests;

public sealed class RunMemoryTests : IDisposable
{
    private static readonly TransformerConfig Model = new() { VocabSize = 100, ContextLength = 10, DModel = 8, NumLayers = 2,
        NumHeads = 2, DFf = 16 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(OptimizerKind.Sgd, 0)]
    [InlineData(OptimizerKind.AdamW, 8 * 2920)]
    [InlineData(OptimizerKind.Muon, 4 * (2920 + 1640))] // of 2 * (4 * 8 * 8 + 3 * 8 * 16) = 1,280 numbers one each, of the other 1,640 two
    public void Without_weights_gradients_state_and_batches_no_run_begins(OptimizerKind kind, long state)
    {
        const long Parameters = 2920; // 2 * 100 * 8 + 2 * (4 * 64 + 3 * 128 + 16) + 8
        TrainerOptions training = new() { BatchSize = 3, ReadAhead = 2, CheckpointInBackground = false };
        RunMemory memory = RunMemory.Of(Model, ComputePath.Fast, training, new OptimizerConfig { Name = kind }.StateBytes(Model));
        Assert.Equal((4 * 2 * Parameters) + state + (4 * 3 * 10 * 16), memory.Fixed);
        RunMemory copied = RunMemory.Of(Model, ComputePath.Fast, training with { CheckpointInBackground = true },
            new OptimizerConfig { Name = kind }.StateBytes(Model));
        Assert.Equal((4 * Parameters) + state, copied.Total - memory.Total);
        Assert.Equal(memory.Fixed, copied.Fixed);
    }

    [Fact]
    public void The_state_is_what_the_optimizers_have()
    {
        using TransformerLM model = new(Model);
        foreach (OptimizerKind kind in Enum.GetValues<OptimizerKind>())
        {
            using IOptimizer optimizer = new OptimizerConfig { Name = kind }.CreateOptimizer(NamedParameter.Of(model));
            long bytes = optimizer.State.Values.Sum(tensor => tensor.NumberOfElements * tensor.ElementSize);
            Assert.InRange(bytes - (long)new OptimizerConfig { Name = kind }.StateBytes(Model), 0, 8); // the number of steps
        }
    }

    [Theory]
    [InlineData(FeedForwardKind.SwiGlu, false)]
    [InlineData(FeedForwardKind.Silu, false)]
    [InlineData(FeedForwardKind.Relu2, true)]
    public void NorMuon_has_a_number_more_for_each_neuron(FeedForwardKind feedForward, bool hasMore)
    {
        TransformerConfig shape = Model with { FeedForward = feedForward, NumKvHeads = 1 };
        if (hasMore) shape = shape with { ValueEmbeddings = true, UNetSkips = true, QkNorm = true, QkvBiases = true };
        OptimizerConfig config = new() { NorMuon = true };
        using TransformerLM model = new(shape);
        using IOptimizer optimizer = config.CreateOptimizer(NamedParameter.Of(model));
        long bytes = optimizer.State.Values.Sum(tensor => tensor.NumberOfElements * tensor.ElementSize);
        Assert.InRange(bytes - (long)config.StateBytes(shape), 0, 8); // the number of steps
        Assert.True(config.StateBytes(shape) > new OptimizerConfig().StateBytes(shape));
    }

    [Fact]
    public void A_run_is_refused_where_its_least_does_not_fit_and_warned_of_where_its_most_does_not()
    {
        RunMemory fits = new() { Fixed = 10_000_000_000, Total = 20_000_000_000, Available = 20_000_000_000 };
        Assert.Null(fits.FindProblem());
        Assert.Null(fits.FindWarning());
        RunMemory tight = fits with { Available = 19_900_000_000 };
        Assert.Null(tight.FindProblem());
        Assert.StartsWith("The run takes about 20.0 GB of memory, but this process can have 19.9 GB", tight.FindWarning());
        RunMemory small = fits with { Available = 9_000_000 };
        Assert.StartsWith("The run takes at least 10.0 GB of memory for parameters, gradients, the optimizer's state and batches, but this "
            + "process can have 9.0 MB", small.FindProblem());
    }

    [Fact]
    public void A_model_that_no_machine_holds_is_refused_before_it_is_made()
    {
        string data = TokenFiles.Write(_folder, "walk.npy", TokenFiles.Walk(300, 40), 40);
        RunConfig config = RunConfig.Parse($$"""{ "model": { "vocab_size": 40, "context_length": 8, "d_model": 2000000, "num_layers": 9, "num_heads": 2, "d_ff": 16 }, "data": { "training": "{{data}}" } }""");
        string message = Assert.Throws<InvalidDataException>(() => TrainingRun.Create(_folder.File("run"), config)).Message;
        Assert.Contains("The run takes at least ", message);
        Assert.False(Directory.Exists(_folder.File("run")));
        RunParts parts = new(config with { Directory = _folder.File("run") });
        Assert.StartsWith("The run takes at least ", Assert.Throws<InsufficientMemoryException>(parts.CreateModel).Message);

        config.Model = config.Model with { DModel = int.MaxValue - 3, DFf = int.MaxValue, NumLayers = int.MaxValue };
        Assert.Contains("more than 64 bits count", Assert.Throws<InvalidDataException>(() =>
            TrainingRun.Create(_folder.File("run"), config)).Message);
    }

    [Fact]
    public void A_batch_is_no_longer_than_an_array_and_little_is_read_ahead()
    {
        string data = TokenFiles.Write(_folder, "walk.npy", TokenFiles.Walk(300, 40), 40);
        RunConfig config = RunConfig.Parse($$"""{ "model": { "vocab_size": 40, "context_length": 8, "d_model": 8, "num_layers": 1, "num_heads": 2, "d_ff": 16 }, "data": { "training": "{{data}}" } }""");
        config.Training.BatchSize = int.MaxValue;
        Assert.Contains("batch_size is 2147483647 and a window has 8 tokens, but a batch has at most 2147483591 tokens",
            Assert.Throws<InvalidDataException>(() => TrainingRun.Create(_folder.File("run"), config)).Message);
        config.Training = new() { ReadAhead = int.MaxValue };
        Assert.Contains("read_ahead is 2147483647, but must be from 0 to 10000.",
            Assert.Throws<InvalidDataException>(() => TrainingRun.Create(_folder.File("run"), config)).Message);
    }

    [Fact]
    public void Widths_that_are_left_out_do_not_overflow()
    {
        RunConfig config = new() { Model = new() { VocabSize = 1, ContextLength = 1, DModel = int.MaxValue, NumLayers = 1, NumHeads = 1,
            DFf = 0 } };
        Assert.Equal(int.MaxValue, config.CompleteModel().DFf);
        config.Model = config.Model with { FeedForward = FeedForwardKind.Silu };
        Assert.Equal(int.MaxValue, config.CompleteModel().DFf);
    }

    [Theory]
    [InlineData("0::/a/b", 3_000_000)] // of the group around
    [InlineData("0::/", 3_000_000)]
    [InlineData("5:cpu,memory:/a\n0::/nowhere", 2_000_000)]
    [InlineData("", 4_096_000)]
    public void The_least_of_the_limits_holds(string groups, long expected)
    {
        Write("proc/meminfo", "MemTotal:        4000 kB\nMemFree:  12 kB\n");
        Write("proc/self/limits", "Limit                     Soft Limit           Hard Limit           Units     \nMax data size           "
            + "  unlimited            unlimited            bytes     \nMax address space         9000000              unlimited            "
            + "bytes     \n");
        Write("proc/self/cgroup", groups + "\n");
        Write("sys/fs/cgroup/a/b/memory.max", "max\n");
        Write("sys/fs/cgroup/memory.max", "3000000\n");
        Write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "2000000\n");
        if (groups.Contains("nowhere", StringComparison.Ordinal)) File.Delete(_folder.File("sys/fs/cgroup/memory.max"));
        Assert.Equal(expected, MachineMemory.Read(_folder.Path));

        Write("proc/self/limits", "Max data size             1000000              unlimited            bytes     \n");
        Assert.Equal(1_000_000, MachineMemory.Read(_folder.Path));
    }

    [Fact]
    public void A_process_can_have_what_the_runtime_sees_or_more() =>
        Assert.InRange(MachineMemory.Available, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, long.MaxValue);

    private void Write(string name, string text)
    {
        string path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
