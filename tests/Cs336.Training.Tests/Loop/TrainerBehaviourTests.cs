using System.Diagnostics.Metrics;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class TrainerBehaviourTests : IDisposable
{
    private static readonly TrainerOptions Options = new() { MaxSteps = 12, BatchSize = 4, EvaluateEvery = 3, CheckpointEvery = 5,
        KeepCheckpoints = 1 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Accumulated_batches_are_one_large_batch()
    {
        TrainerOptions epochs = Options with { Sampling = WindowSampling.Epochs, MaxSteps = 6 };
        using TinyRun large = new(_folder, epochs with { BatchSize = 6 }),
            small = new(_folder, epochs with { BatchSize = 2, AccumulationSteps = 3 });
        large.Trainer.Run(large.Progress);
        small.Trainer.Run(small.Progress);
        foreach ((TrainingMetrics expected, TrainingMetrics actual) in large.Metrics.Zip(small.Metrics))
        {
            Assert.Equal(expected.Loss, actual.Loss, 1e-5);
            Assert.Equal(expected.GradientNorm, actual.GradientNorm, 1e-4);
            Assert.Equal(expected.TokensSeen, actual.TokensSeen);
        }
        foreach ((float expected, float actual) in large.Weights().Zip(small.Weights())) Assert.Equal(expected, actual, 1e-3f);
    }

    [Theory]
    [InlineData(WindowSampling.Random, 2)]
    [InlineData(WindowSampling.Epochs, 0)]
    public void Cancelled_between_the_batches_of_a_step_a_run_goes_on_as_if_the_step_had_not_been_begun(WindowSampling sampling,
        int readAhead)
    {
        TrainerOptions options = Options with { BatchSize = 2, AccumulationSteps = 3, Sampling = sampling, ReadAhead = readAhead };
        using TinyRun whole = new(_folder, options);
        whole.Trainer.Run(whole.Progress);

        InMemoryCheckpointStore store = new();
        using CancellationTokenSource cancellation = new();
        using TinyRun cut = new(_folder, options, store, schedule: new CancellingSchedule(7, cancellation)); // after the loop has looked
        TrainingResult result = cut.Trainer.Run(cut.Progress, cancellation.Token);
        Assert.Equal((TrainingOutcome.Cancelled, 7), (result.Outcome, result.Step));
        Assert.Equal(7, TinyRun.Saved(store)[^1]);
        Assert.All(cut.Model.parameters(), parameter => Assert.Null(parameter.grad));
        using (TinyRun resumed = new(_folder, options, store))
        {
            Assert.Equal(7, resumed.Trainer.Resume().Step);
            resumed.Trainer.Run(resumed.Progress);
            Assert.Equal(whole.Weights(), resumed.Weights());
            Assert.Equal(whole.Metrics.Skip(7).Select(metrics => (metrics.Loss, metrics.TokensSeen)),
                resumed.Metrics.Select(metrics => (metrics.Loss, metrics.TokensSeen)));
        }
        cut.Trainer.Run(cut.Progress); // and so it does without a checkpoint in between
        Assert.Equal(whole.Weights(), cut.Weights());
    }

    [Fact]
    public void Cancelled_within_a_step_of_one_batch_a_run_finishes_it()
    {
        using CancellationTokenSource cancellation = new();
        using TinyRun run = new(_folder, Options, schedule: new CancellingSchedule(4, cancellation));
        TrainingResult result = run.Trainer.Run(cancellationToken: cancellation.Token);
        Assert.Equal((TrainingOutcome.Cancelled, 5), (result.Outcome, result.Step));
    }

    [Fact]
    public void Reading_ahead_and_writing_in_the_background_change_nothing()
    {
        using TinyRun plain = new(_folder, Options with { ReadAhead = 0, CheckpointInBackground = false }, new InMemoryCheckpointStore());
        using TinyRun ahead = new(_folder, Options with { ReadAhead = 5 }, new InMemoryCheckpointStore());
        plain.Trainer.Run(plain.Progress);
        ahead.Trainer.Run(ahead.Progress);
        Assert.Equal(plain.Weights(), ahead.Weights());
        Assert.Equal(plain.Metrics.Select(metrics => metrics.ValidationLoss), ahead.Metrics.Select(metrics => metrics.ValidationLoss));
    }

    [Fact]
    public void In_bf16_a_run_goes_on_exactly_too()
    {
        TrainerOptions half = Options with { Precision = Precision.BFloat16 };
        using TinyRun single = new(_folder, Options), whole = new(_folder, half, new InMemoryCheckpointStore());
        single.Trainer.Run(single.Progress);
        whole.Trainer.Run(whole.Progress);
        Assert.Equal(Precision.BFloat16, whole.Model.Precision);
        Assert.NotEqual(single.Metrics[0].Loss, whole.Metrics[0].Loss);
        Assert.Equal(single.Metrics[0].Loss, whole.Metrics[0].Loss, 0.05);

        InMemoryCheckpointStore store = new();
        using (TinyRun cut = new(_folder, half with { MaxSteps = 5 }, store)) cut.Trainer.Run();
        using TinyRun resumed = new(_folder, half, store);
        Assert.Equal(5, resumed.Trainer.Resume().Step);
        resumed.Trainer.Run();
        Assert.Equal(whole.Weights(), resumed.Weights());
    }

    [Fact]
    public void A_run_stops_early_after_validations_that_are_no_better_and_keeps_the_best_checkpoint()
    {
        InMemoryCheckpointStore store = new();
        // A rate of 0 from step 6 on: the validation loss stays as it is.
        ILrSchedule schedule = new ScheduleSequence([(new ConstantSchedule(1e-2), 6)], new ConstantSchedule(0));
        using (TinyRun run = new(_folder, Options with { MaxSteps = 100, Patience = 2, KeepCheckpoints = 1 }, store, schedule: schedule))
        {
            TrainingResult result = run.Trainer.Run(run.Progress);
            Assert.Equal((TrainingOutcome.EarlyStopped, 12L, 6L), (result.Outcome, result.Step, result.Best!.Step));
            Assert.Equal(run.Metrics[5].ValidationLoss, result.Best.Loss);
            Assert.Equal([6, 12], TinyRun.Saved(store));
            Assert.Equal(6, CheckpointReader.FindBest(store).Step);
            Assert.Equal(12, CheckpointReader.FindNewest(store).Step);
        }
        using TinyRun again = new(_folder, Options with { MaxSteps = 100, Patience = 2 }, store, schedule: schedule);
        again.Trainer.Resume();
        Assert.Equal((TrainingOutcome.EarlyStopped, 12L), (again.Trainer.Run().Outcome, again.Trainer.Step));
        Assert.Contains("patience is 2, but there is no validation data",
            Assert.Throws<ArgumentException>(() => new TinyRun(_folder, Options with { Patience = 2 }, withValidation: false)).Message);
    }

    [Fact]
    public void Budgets_of_tokens_and_time_end_a_run()
    {
        using TinyRun tokens = new(_folder, Options with { MaxTokens = 4 * 16 * 3 + 1 });
        Assert.Equal((TrainingOutcome.Completed, 4L), (tokens.Trainer.Run().Outcome, tokens.Trainer.Step));
        Assert.Equal(4, tokens.Trainer.TotalSteps);

        InMemoryCheckpointStore store = new();
        using TinyRun time = new(_folder, Options with { MaxSteps = 100_000, MaxMinutes = 1.5 / 60, EvaluateEvery = 100_000,
            CheckpointEvery = 100_000 }, store);
        time.OnProgress = metrics => { if (metrics.Step == 2) Thread.Sleep(2_000); }; // a pause counts as none
        TrainingResult result = time.Trainer.Run(time.Progress);
        Assert.Equal(TrainingOutcome.OutOfTime, result.Outcome);
        Assert.True(result.Step > 2);
        Assert.Equal([result.Step], TinyRun.Saved(store));
        Assert.InRange(time.Metrics[2].Elapsed - time.Metrics[1].Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1.9));
    }

    [Fact]
    public void Checkpoints_come_by_the_clock_too()
    {
        InMemoryCheckpointStore store = new();
        using TinyRun run = new(_folder, Options with { MaxSteps = 30, CheckpointEvery = 1_000, EvaluateEvery = 1_000,
            CheckpointEveryMinutes = 1e-9, KeepCheckpoints = 1_000 }, store);
        run.Trainer.Run();
        Assert.Equal(Enumerable.Range(1, 30).Select(step => (long)step), TinyRun.Saved(store));
    }

    [Fact]
    public void Callbacks_are_told_what_happens_in_its_order()
    {
        using TinyRun run = new(_folder, Options with { MaxSteps = 5, KeepBest = false, CheckpointInBackground = false },
            new InMemoryCheckpointStore());
        run.Trainer.Run();
        Assert.Equal(["begin 0", "step 1", "step 2", "step 3", "evaluation 3", "step 4", "step 5", "evaluation 5", "checkpoint 5"],
            run.Told);
    }

    [Fact]
    public void A_cancelled_run_can_be_gone_on_with_and_one_that_failed_resumed_on_the_same_trainer()
    {
        InMemoryCheckpointStore store = new();
        using TinyRun whole = new(_folder, Options, new InMemoryCheckpointStore()),
            cut = new(_folder, Options with { OnObserverFailure = ObserverFailure.Stop }, store);
        whole.Trainer.Run();
        using CancellationTokenSource cancellation = new();
        cut.OnProgress = metrics =>
        {
            if (metrics.Step == 4) cancellation.Cancel();
            if (metrics.Step == 8 && cut.Metrics.Count(other => other.Step == 8) == 1) throw new InvalidOperationException("a fault");
        };
        Assert.Equal((TrainingOutcome.Cancelled, 4L), (cut.Trainer.Run(cut.Progress, cancellation.Token).Outcome, cut.Trainer.Step));
        Assert.Throws<InvalidOperationException>(() => cut.Trainer.Run(cut.Progress));
        Assert.Equal(8, cut.Trainer.Resume().Step);
        cut.Trainer.Run(cut.Progress);
        Assert.Equal(whole.Weights(), cut.Weights());
    }

    [Fact]
    public void Libtorch_s_own_generator_goes_on_from_a_checkpoint_too()
    {
        InMemoryCheckpointStore store = new();
        float expected;
        using (TinyRun run = new(_folder, Options with { MaxSteps = 2 }, store))
        {
            run.Trainer.Run();
            expected = Draw();
        }
        Draw();
        using TinyRun resumed = new(_folder, Options with { MaxSteps = 2 }, store);
        resumed.Trainer.Resume();
        Assert.Equal(expected, Draw());

        static float Draw()
        {
            using DisposeScope scope = NewDisposeScope();
            return randn(1).item<float>();
        }
    }

    [Fact]
    public void Listeners_hear_each_step_from_the_meter()
    {
        Dictionary<string, List<double>> heard = [];
        int thread = Environment.CurrentManagedThreadId; // other tests may train at the same time
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
            { if (instrument.Meter.Name == TrainingMeter.Name) self.EnableMeasurementEvents(instrument); };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        listener.Start();
        using TinyRun run = new(_folder, Options with { MaxSteps = 3 });
        run.Trainer.Run(run.Progress);
        Assert.Equal(run.Metrics.Select(metrics => metrics.Loss), heard["cs336.training.loss"]);
        Assert.Equal(run.Metrics.Select(metrics => metrics.GradientNorm), heard["cs336.training.gradient_norm"]);
        Assert.Equal(run.Metrics.Select(metrics => metrics.LearningRate), heard["cs336.training.learning_rate"]);
        Assert.Equal(run.Metrics.Select(metrics => metrics.TokensPerSecond), heard["cs336.training.tokens_per_second"]);
        Assert.Equal([64.0, 64, 64], heard["cs336.training.tokens"]);
        Assert.Equal(3, heard["cs336.training.step.duration"].Count);
        Assert.Equal(run.Metrics[^1].ValidationLoss, Assert.Single(heard["cs336.training.validation_loss"]));

        void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (Environment.CurrentManagedThreadId != thread) return;
            Assert.Equal(0, tags.Length); // the trainer has no name
            if (!heard.TryGetValue(instrument.Name, out List<double>? values)) heard[instrument.Name] = values = [];
            values.Add(value);
        }
    }

    /// <summary>Cancels while a step is under way: a schedule is asked when it has begun.</summary>
    private sealed class CancellingSchedule(long at, CancellationTokenSource cancellation) : ILrSchedule
    {
        public double GetLearningRate(long step)
        {
            if (step == at) cancellation.Cancel();
            return 1e-3;
        }
    }
}
