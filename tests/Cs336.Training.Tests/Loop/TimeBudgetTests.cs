namespace Cs336.Training.Tests;

public sealed class TimeBudgetTests : IDisposable
{
    private static readonly TrainerOptions Options = new() { MaxSteps = 1_000, MaxMinutes = 10, ScheduleByTime = true, BatchSize = 4,
        EvaluateEvery = 7, CheckpointEvery = 1_000, Seed = 3 };
    private static readonly ILrSchedule Line = new LinearSchedule(1e-3, 0, 1_000);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_rate_is_at_its_end_when_the_time_is()
    {
        ManualTime time = new();
        InMemoryCheckpointStore store = new();
        using TinyRun run = Begin(Options, store, time, secondsPerStep: 30);
        TrainingResult result = run.Trainer.Run(run.Progress);
        Assert.Equal((TrainingOutcome.OutOfTime, 20L), (result.Outcome, result.Step)); // 600 seconds, of which each step takes 30
        Assert.Equal(TimeSpan.FromMinutes(10), run.Metrics[^1].Elapsed);
        // A step is as far in the 570 seconds after which there is time for the last alone as its beginning is.
        for (int step = 1; step < 20; step++) Assert.Equal(1e-3 * (1 - (30.0 * step / 570)), run.Metrics[step].LearningRate, 2e-6);
        Assert.Equal((1e-3, 0), (run.Metrics[0].LearningRate, run.Metrics[^1].LearningRate));
        Assert.Equal([7, 14, 20], run.Metrics.Where(item => item.ValidationLoss is not null).Select(item => item.Step));
        Assert.Contains(20, TinyRun.Saved(store));
    }

    [Fact]
    public void Where_steps_end_first_the_schedule_is_theirs()
    {
        ManualTime time = new();
        TrainerOptions options = Options with { MaxSteps = 10 };
        ILrSchedule schedule = new LinearSchedule(1e-3, 0, 10);
        using TinyRun run = new(_folder, options, schedule: schedule, time: time, optimizer: parameters =>
            new TimedOptimizer(parameters, time, 30));
        Assert.Equal(TrainingOutcome.Completed, run.Trainer.Run(run.Progress).Outcome);
        for (int step = 0; step < 10; step++) Assert.Equal(schedule.GetLearningRate(step), run.Metrics[step].LearningRate);
    }

    [Fact]
    public void Without_it_time_ends_a_run_and_leaves_its_schedule()
    {
        ManualTime time = new();
        using TinyRun run = Begin(Options with { ScheduleByTime = false }, null, time, secondsPerStep: 90);
        TrainingResult result = run.Trainer.Run(run.Progress);
        Assert.Equal((TrainingOutcome.OutOfTime, 7L), (result.Outcome, result.Step));
        for (int step = 0; step < 7; step++) Assert.Equal(Line.GetLearningRate(step), run.Metrics[step].LearningRate);
    }

    [Fact]
    public void A_run_that_goes_on_has_the_time_that_is_left()
    {
        ManualTime time = new();
        using TinyRun whole = Begin(Options, null, time, secondsPerStep: 30);
        whole.Trainer.Run(whole.Progress);

        ManualTime later = new();
        InMemoryCheckpointStore store = new();
        using (TinyRun first = Begin(Options, store, later, secondsPerStep: 30))
        {
            using CancellationTokenSource cancellation = new();
            first.OnProgress = metrics => { if (metrics.Step == 9) cancellation.Cancel(); };
            Assert.Equal(9, first.Trainer.Run(first.Progress, cancellation.Token).Step);
        }
        later.Pass(100_000);
        using TinyRun second = Begin(Options, store, later, secondsPerStep: 30);
        Assert.Empty(second.Trainer.Resume().Warnings);
        Assert.Equal((TrainingOutcome.OutOfTime, 20L), (second.Trainer.Run(second.Progress).Outcome, second.Trainer.Step));
        // The first step after the pause does not know yet how long one takes.
        Assert.Equal(1e-3 * (1 - (270.0 / 600)), second.Metrics[0].LearningRate, 2e-6);
        Assert.Equal(whole.Metrics.Skip(10).Select(item => (item.Elapsed, item.LearningRate)),
            second.Metrics.Skip(1).Select(item => (item.Elapsed, item.LearningRate)));
        using TinyRun third = Begin(Options, store, later, secondsPerStep: 30);
        third.Trainer.Resume();
        Assert.Equal((TrainingOutcome.OutOfTime, 20L), (third.Trainer.Run().Outcome, third.Trainer.Step));
    }

    [Fact]
    public void Time_is_kept_for_a_validation_at_the_end()
    {
        ManualTime time = new();
        RunClock clock = new(time);
        TimeBudget budget = new(clock, SingleRank.Instance);
        clock.Start();
        Assert.Equal(0, budget.Begin(0, 1_000, Options));
        time.Pass(100);
        budget.End(Options);
        budget.Validate(() => { time.Pass(50); return 0; });
        Assert.Equal(333, budget.Begin(1, 1_000, Options)); // 150 of the 450 seconds that leave time for a step and a validation
        time.Pass(299); // now at 449, and another step like this would not end before 600
        budget.End(Options);
        Assert.True(budget.IsUsedUp);
        Assert.Equal(1_000, budget.Begin(2, 1_000, Options with { MaxMinutes = 1 }));
        Assert.Equal(2, budget.Begin(2, 1_000, Options with { ScheduleByTime = false }));
        clock.Stop();
        time.Pass(1_000);
        Assert.Equal(TimeSpan.FromSeconds(449), clock.Elapsed);
    }

    [Fact]
    public void A_schedule_by_time_needs_a_time_and_no_other_length()
    {
        Assert.StartsWith("schedule_by_time is true, but nothing says how much time there is",
            Assert.Single(new TrainerOptions { ScheduleByTime = true }.FindProblems()));
        RunConfig config = RunConfig.Parse("""
            { "model": { "vocab_size": 40, "context_length": 16, "d_model": 32, "num_layers": 1, "num_heads": 4 },
              "optimizer": { "schedule_steps": 50 }, "training": { "max_minutes": 3, "schedule_by_time": true },
              "data": { "training": "walk.npy" } }
            """);
        Assert.StartsWith("optimizer.schedule_steps is 50, but with training.schedule_by_time", Assert.Single(config.FindProblems()));
        Assert.Empty((config with { Optimizer = new() }).FindProblems());
    }

    private TinyRun Begin(TrainerOptions options, ICheckpointStore? store, ManualTime time, double secondsPerStep) =>
        new(_folder, options, store, schedule: Line, time: time,
            optimizer: parameters => new TimedOptimizer(parameters, time, secondsPerStep));
}
