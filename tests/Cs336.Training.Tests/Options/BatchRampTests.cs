using Cs336.Testing;

namespace Cs336.Training.Tests;

public sealed class BatchRampTests : IDisposable
{
    private static readonly TrainerOptions Options = new() { MaxSteps = 12, BatchSize = 6, BatchSizeStart = 2, BatchSizeRampSteps = 7,
        EvaluateEvery = 5, CheckpointEvery = 4, Seed = 3 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Batches_grow_in_a_line()
    {
        Assert.Equal([2, 2, 3, 3, 4, 4, 5, 6, 6], Enumerable.Range(0, 9).Select(step => Options.BatchSizeOf(step)));
        Assert.Equal(6, Options.BatchSizeOf(long.MaxValue));
        Assert.Equal(6, (Options with { BatchSizeStart = null, BatchSizeRampSteps = null }).BatchSizeOf(0));
        Assert.Equal([1, 5, 10], new long[] { 0, 4_000_000_000, 9_000_000_000 }.Select(new BatchRamp(1, 10, 9_000_000_000).SizeAt));
    }

    [Theory]
    [InlineData(2, 6, 7)]
    [InlineData(1, 9, 3)] // more sizes than steps
    [InlineData(4, 4, 5)]
    [InlineData(1, 2, 1)]
    public void Windows_and_the_steps_that_they_take_are_those_of_adding_up(int start, int end, long steps)
    {
        BatchRamp ramp = new(start, end, steps);
        long windows = 0;
        for (int step = 0; step < 20; step++)
        {
            Assert.Equal(windows, ramp.WindowsOf(step));
            for (int more = 1; more <= ramp.SizeAt(step); more++) Assert.Equal(step + 1, ramp.StepsFor(windows + more));
            windows += ramp.SizeAt(step);
        }
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 0)]
    public void A_run_learns_from_as_many_tokens_as_its_batches_have(int accumulation, int readAhead)
    {
        using TinyRun run = new(_folder, Options with { AccumulationSteps = accumulation, ReadAhead = readAhead });
        run.Trainer.Run(run.Progress);
        Assert.Equal([2, 2, 3, 3, 4, 4, 5, 6, 6, 6, 6, 6], run.Metrics.Select(item => item.BatchSize!.Value));
        Assert.Equal(run.Metrics.Select((_, i) => (Int128)run.Metrics.Take(i + 1).Sum(item => item.BatchSize!.Value) * 16 * accumulation),
            run.Metrics.Select(item => (Int128)item.TokensSeen));
        Assert.Equal(run.Metrics[^1].TokensSeen, Options.TokensOf(16, 12) * accumulation);
    }

    [Fact]
    public void The_windows_are_those_that_one_batch_after_another_would_draw()
    {
        TrainerOptions one = Options with { BatchSize = 1, BatchSizeStart = null, BatchSizeRampSteps = null };
        using TinyRun small = new(_folder, one with { MaxSteps = 4, EvaluateEvery = 100 }, schedule: new ConstantSchedule(0));
        small.Trainer.Run(small.Progress);
        using TinyRun ramp = new(_folder, Options with { MaxSteps = 7, EvaluateEvery = 100 }, schedule: new ConstantSchedule(0));
        ramp.Trainer.Run(ramp.Progress);
        // Nothing is learnt at a rate of 0, so that a batch's loss is the mean of its windows'.
        Assert.Equal(small.Metrics.Take(2).Average(item => item.Loss), ramp.Metrics[0].Loss, 1e-5);
        Assert.Equal(small.Metrics.Skip(2).Average(item => item.Loss), ramp.Metrics[1].Loss, 1e-5);
    }

    [Fact]
    public void A_budget_of_tokens_and_the_schedule_go_by_the_batches_as_they_are()
    {
        // 2 + 2 + 3 + 3 = 10 windows, and one more token.
        TrainerOptions options = Options with { MaxTokens = (10 * 16) + 1, BatchSizeRampSteps = 5, BatchSize = 4 };
        Assert.Equal([2, 2, 2, 3, 3, 4], Enumerable.Range(0, 6).Select(step => options.BatchSizeOf(step)));
        Assert.Equal(5, options.TotalSteps(16));
        using TinyRun run = new(_folder, options);
        Assert.Equal((5L, TrainingOutcome.Completed), (run.Trainer.TotalSteps, run.Trainer.Run().Outcome));
        Assert.Equal(5, run.Trainer.Step);
    }

    [Theory]
    [InlineData(WindowSampling.Random)]
    [InlineData(WindowSampling.Epochs)]
    public void A_run_that_goes_on_equals_one_that_never_stopped(WindowSampling sampling)
    {
        TrainerOptions options = Options with { Sampling = sampling, AccumulationSteps = 2 };
        using TinyRun whole = new(_folder, options);
        whole.Trainer.Run(whole.Progress);
        InMemoryCheckpointStore store = new();
        using (TinyRun first = new(_folder, options, store))
        {
            using CancellationTokenSource cancellation = new();
            first.OnProgress = metrics => { if (metrics.Step == 5) cancellation.Cancel(); };
            Assert.Equal(5, first.Trainer.Run(first.Progress, cancellation.Token).Step);
            // The same trainer may go on too, after what it has read ahead.
            using CancellationTokenSource later = new();
            first.OnProgress = metrics => { if (metrics.Step == 6) later.Cancel(); };
            Assert.Equal(6, first.Trainer.Run(first.Progress, later.Token).Step);
        }
        using TinyRun second = new(_folder, options, store);
        Assert.Equal(6, second.Trainer.Resume().Step);
        second.Trainer.Run(second.Progress);
        Assert.Equal(whole.Weights(), second.Weights());
        Assert.Equal(whole.Metrics.Skip(6).Select(item => (item.Loss, item.BatchSize, item.TokensSeen)),
            second.Metrics.Select(item => (item.Loss, item.BatchSize, item.TokensSeen)));
    }

    [Fact]
    public void Metrics_keep_the_size_where_it_changes()
    {
        string path = _folder.File("metrics.jsonl");
        using (JsonLinesMetricSink sink = new(path))
        {
            using TinyRun run = new(_folder, Options, metrics: sink);
            run.Trainer.Run();
        }
        Assert.Equal(2, JsonLinesMetricSink.Read(path)[0].BatchSize);
        Assert.Contains("\"batch_size\":6", File.ReadAllLines(path)[^1]);
        string other = _folder.File("other.jsonl");
        using (JsonLinesMetricSink sink = new(other))
        {
            using TinyRun run = new(_folder, Options with { BatchSizeStart = null, BatchSizeRampSteps = null }, metrics: sink);
            run.Trainer.Run();
        }
        Assert.DoesNotContain("batch_size", File.ReadAllText(other));
    }

    [Fact]
    public void Numbers_that_make_no_sense_are_refused()
    {
        foreach (int start in (int[])[0, -1, 7])
            Assert.Equal($"batch_size_start is {start}, but must be from 1 to the batch_size, 6.",
                Assert.Single((Options with { BatchSizeStart = start }).FindProblems()));
        Assert.Contains("batch_size_ramp_steps is 0, but must be at least 1.", (Options with { BatchSizeRampSteps = 0 }).FindProblems());
        Assert.StartsWith("batch_size_start is 2 and batch_size_ramp_steps is not set: set both",
            Assert.Single((Options with { BatchSizeRampSteps = null }).FindProblems()));
        Assert.Contains("batch_size_ramp_steps is 13, but the run has 12 steps",
            Assert.Throws<ArgumentException>(() => new TinyRun(_folder, Options with { BatchSizeRampSteps = 13 })).Message);
        RunConfig config = new() { Model = TinyRun.Config, Training = Options with { BatchSizeRampSteps = 13 } };
        config.Data.Training = ["walk.npy"];
        Assert.StartsWith("batch_size_ramp_steps is 13, but the run has 12 steps", Assert.Single(config.FindProblems()));
    }
}
