using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class GuardTests : IDisposable
{
    private static readonly TrainerOptions Options = new() { MaxSteps = 12, BatchSize = 4, EvaluateEvery = 4, CheckpointEvery = 4,
        KeepBest = false };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_skipped_step_changes_no_weight_and_is_marked()
    {
        using TinyRun run = new(_folder, Options with { OnDivergence = DivergenceAction.Skip });
        float[] before = [];
        Spoil spoil = new(run);
        run.OnProgress = metrics =>
        {
            if (metrics.Step == 5) { before = run.Weights(); spoil.Begin(); }
            if (metrics.Step == 6) { spoil.End(); Assert.Equal(before, run.Weights()); }
        };
        TrainingResult result = run.Trainer.Run(run.Progress);
        Assert.Equal((TrainingOutcome.Completed, 12L), (result.Outcome, result.Step));
        Assert.Equal([6], run.Metrics.Where(metrics => metrics.Skipped).Select(metrics => metrics.Step));
        Assert.Equal(1, result.SkippedSteps);
        DivergenceEvent told = Assert.Single(run.Divergences);
        Assert.Equal((5L, DivergenceAction.Skip, 6L), (told.Step, told.Action, told.GoesOnFrom));
        Assert.StartsWith("At step 5 the loss is NaN", told.Reason);
    }

    [Fact]
    public void A_roll_back_goes_on_from_the_newest_checkpoint_with_the_batches_after_the_bad_one()
    {
        List<long> saves = [];
        FailingStore store = new() { OnSave = saves.Add };
        string path = _folder.File("metrics.jsonl");
        using JsonLinesMetricSink sink = new(path);
        using TinyRun run = new(_folder, Options with { OnDivergence = DivergenceAction.RollBack }, store, metrics: sink);
        Spoil spoil = new(run);
        bool once = false;
        run.OnProgress = metrics =>
        {
            if (metrics.Step == 6 && !once) { once = true; spoil.Begin(); }
        };
        TrainingResult result = run.Trainer.Run(run.Progress);
        Assert.Equal((TrainingOutcome.Completed, 12L), (result.Outcome, result.Step));
        DivergenceEvent told = Assert.Single(run.Divergences);
        Assert.Equal((6L, DivergenceAction.RollBack, 4L), (told.Step, told.Action, told.GoesOnFrom));
        Assert.Equal([0, 4, 4, 8, 12], saves); // the first to have one to go back to, the third to leave the bad batch out
        Assert.Equal([1, 2, 3, 4, 5, 6, 5, 6, 7, 8, 9, 10, 11, 12], run.Metrics.Select(metrics => metrics.Step));
        Assert.NotEqual(run.Metrics[4].Loss, run.Metrics[6].Loss); // other batches than the first time
        Assert.Equal(Enumerable.Range(1, 12).Select(step => (long)step), JsonLinesMetricSink.Read(path).Select(metrics => metrics.Step));
        Assert.All(run.Weights(), weight => Assert.True(float.IsFinite(weight)));
    }

    [Fact]
    public void A_run_that_does_not_get_past_the_place_stops()
    {
        using TinyRun run = new(_folder, Options with { OnDivergence = DivergenceAction.RollBack, MaxRecoveries = 2 },
            new InMemoryCheckpointStore());
        Spoil spoil = new(run);
        run.OnProgress = metrics => { if (metrics.Step == 6) spoil.Begin(); };
        string message = Assert.Throws<TrainingDivergedException>(() => run.Trainer.Run(run.Progress)).Message;
        Assert.Contains("It has done so 3 times in a row (on_divergence is roll_back, max_recoveries 2)", message);
        Assert.Equal(2, run.Divergences.Count);
        Assert.Contains("no checkpoint store to go back to", Assert.Throws<ArgumentException>(() =>
            new TinyRun(_folder, Options with { OnDivergence = DivergenceAction.RollBack })).Message);
    }

    [Fact]
    public void A_loss_above_the_average_by_more_than_the_limit_is_a_spike()
    {
        DivergenceJudge guard = new() { MaxLossSpike = 1 };
        for (int step = 0; step < 19; step++)
        {
            Assert.Null(guard.Judge(3, 1));
            guard.Accept(3, step);
        }
        Assert.Null(guard.Judge(30, 1)); // too early to tell
        guard.Accept(3, 19);
        Assert.Null(guard.Judge(3.9, 1));
        Assert.Equal("the loss is 4.1, more than 1 nats above its average over about 20 steps, 3", guard.Judge(4.1, 1));
        Assert.Contains("the gradient norm ∞", guard.Judge(3, double.PositiveInfinity)!.Replace("Infinity", "∞"));
        Assert.Equal(1, guard.Reject(20));
        Assert.Equal(2, guard.Reject(20));
        guard.Accept(3, 20);
        Assert.Equal(3, guard.Reject(20));
        guard.Accept(3, 21);
        Assert.Equal(1, guard.Reject(22));
    }

    [Fact]
    public void An_average_that_rises_above_its_lowest_by_more_than_the_limit_is_a_divergence()
    {
        DivergenceJudge judge = new() { MaxLossRise = 1 };
        for (int step = 0; step < 30; step++)
        {
            Assert.Null(judge.Judge(3, 1));
            judge.Accept(3, step);
        }
        Assert.Null(judge.Judge(10, 1)); // a spike: the average rises by less than 1
        string? problem = null;
        int taken = 0;
        for (; problem is null; taken++)
        {
            problem = judge.Judge(5, 1);
            if (problem is null) judge.Accept(5, 30 + taken);
        }
        Assert.Equal(12, taken); // the least n with 1 - 0.95ⁿ above 0.95ⁿ (1 - 0.95³⁰)
        Assert.Matches("^the loss, averaged over about 20 steps, is 4\\.[0-9]+: more than 1 nats above its lowest, 3$", problem);

        using TinyRun run = new(_folder, Options with { MaxSteps = 60, MaxLossRise = 0.5 },
            schedule: new ScheduleSequence([(new ConstantSchedule(1e-3), 25)], new ConstantSchedule(0.5)));
        Assert.Contains("more than 0.5 nats above its lowest", Assert.Throws<TrainingDivergedException>(() => run.Trainer.Run()).Message);
    }

    [Fact]
    public void Skipped_steps_are_counted_over_all_sittings()
    {
        InMemoryCheckpointStore store = new();
        using (TinyRun run = new(_folder, Options with { OnDivergence = DivergenceAction.Skip }, store))
        {
            Spoil spoil = new(run);
            using CancellationTokenSource cancellation = new();
            run.OnProgress = metrics =>
            {
                if (metrics.Step == 5) spoil.Begin();
                if (metrics.Step != 7) return;
                spoil.End();
                cancellation.Cancel();
            };
            Assert.Equal(2, run.Trainer.Run(run.Progress, cancellation.Token).SkippedSteps);
        }
        using TinyRun resumed = new(_folder, Options, store);
        resumed.Trainer.Resume();
        Assert.Equal(2, resumed.Trainer.Run().SkippedSteps);
    }

    /// <summary>Makes one weight NaN and puts it back.</summary>
    private sealed class Spoil(TinyRun run)
    {
        private readonly Tensor _weight = run.Model.parameters().First();
        private Tensor? _good;

        public void Begin()
        {
            using IDisposable noGradients = no_grad();
            _good = _weight.clone().DetachFromDisposeScope();
            _weight.fill_(float.NaN);
        }

        public void End()
        {
            using IDisposable noGradients = no_grad();
            _weight.copy_(_good!);
            _good!.Dispose();
        }
    }
}
