using System.Reflection;
using Cs336.Transformer;

namespace Cs336.Training.Tests;

public sealed class UpdateTests : IDisposable
{
    private static readonly TrainerOptions Options = new() { MaxSteps = 12, BatchSize = 2, EvaluateEvery = 100, CheckpointEvery = 100,
        KeepBest = false, CheckpointInBackground = false };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_can_be_taken_over_holds_from_the_next_step_on_and_the_rest_is_named()
    {
        InMemoryCheckpointStore store = new();
        using TinyRun run = new(_folder, Options, store);
        OptionsUpdate? update = null;
        run.OnProgress = metrics =>
        {
            if (metrics.Step != 4) return;
            TrainerOptions other = Options with { EvaluateEvery = 3, CheckpointEvery = 2, KeepCheckpoints = 2, BatchSize = 8,
                MaxSteps = 20 };
            update = Task.Run(() => run.Trainer.Update(other)).Result; // as another thread would
        };
        run.Trainer.Run(run.Progress);
        Assert.Equal(["evaluate_every", "checkpoint_every", "keep_checkpoints"], update!.Taken);
        Assert.Equal(["max_steps", "batch_size"], update.NeedNewStart);
        Assert.Equal([6, 9, 12], run.Metrics.Where(metrics => metrics.ValidationLoss is not null).Select(metrics => metrics.Step));
        Assert.Equal(["checkpoint 6", "checkpoint 8", "checkpoint 10", "checkpoint 12"],
            run.Told.Where(told => told.StartsWith("checkpoint", StringComparison.Ordinal)));
        Assert.Equal([10, 12], TinyRun.Saved(store));
        Assert.Empty(run.Trainer.Update(Options with { EvaluateEvery = 3, CheckpointEvery = 2, KeepCheckpoints = 2 }).Taken); // nothing new
    }

    [Fact]
    public void Options_that_are_not_sound_change_nothing()
    {
        using TinyRun run = new(_folder, Options, withValidation: false);
        string message = Assert.Throws<ArgumentException>(() =>
            run.Trainer.Update(Options with { EvaluateEvery = 0, Patience = 1, MaxMinutes = 1e-9,
            OnDivergence = DivergenceAction.RollBack })).Message;
        foreach (string expected in (string[])["evaluate_every is 0", "patience is 1, but there is no validation data",
            "no checkpoint store to go back to"]) Assert.Contains(expected, message);
        Assert.Equal(12, run.Trainer.Run().Step);
    }

    [Fact]
    public void A_time_limit_a_patience_and_what_a_failure_means_can_be_changed_under_way()
    {
        using TinyRun time = new(_folder, Options), failing = new(_folder, Options);
        time.OnProgress = metrics => { if (metrics.Step == 3) time.Trainer.Update(Options with { MaxMinutes = 1e-9 }); };
        Assert.Equal((TrainingOutcome.OutOfTime, 3L), (time.Trainer.Run(time.Progress).Outcome, time.Trainer.Step));
        failing.OnProgress = metrics =>
        {
            if (metrics.Step == 3) failing.Trainer.Update(Options with { OnObserverFailure = ObserverFailure.Stop });
            if (metrics.Step >= 3) throw new InvalidOperationException("a fault");
        };
        Assert.Throws<InvalidOperationException>(() => failing.Trainer.Run(failing.Progress));
        Assert.Equal(4, failing.Trainer.Step); // at step 3 it was still a warning
    }

    [Fact]
    public void Each_option_is_either_taken_over_or_named()
    {
        TrainerOptions other = new()
        {
            MaxSteps = 7, MaxTokens = 1_000, MaxMinutes = 5, ScheduleByTime = true, BatchSize = 3, BatchSizeStart = 2,
            BatchSizeRampSteps = 5, AccumulationSteps = 2, WindowLength = 8,
                Sampling = WindowSampling.Epochs, ReadAhead = 1, Precision = Precision.BFloat16,
            Loss = new LossOptions { ZLossWeight = 1, ChunkTokens = 5 }, GradientPrecision = Precision.BFloat16, ShardOptimizer = true,
            MaxGradientNorm = 2, EvaluateEvery = 7, EvaluationTokens = 7,
            Patience = 7, MinImprovement = 7, CheckpointEvery = 7,
            EmaDecay = 0.5, EvaluatedWeights = EvaluatedWeights.Trained, CheckpointEveryMinutes = 7,
            KeepCheckpoints = 7, KeepBest = true, CheckpointInBackground = true,
            OnDivergence = DivergenceAction.Skip, MaxLossSpike = 7, MaxLossRise = 7, MaxRecoveries = 7,
            OnObserverFailure = ObserverFailure.Stop, Seed = 7,
        };
        using TinyRun run = new(_folder, Options, new InMemoryCheckpointStore());
        OptionsUpdate update = run.Trainer.Update(other);
        string[] names = [.. typeof(TrainerOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.Name != nameof(TrainerOptions.Loss))
            .Select(property => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)), "loss.z_loss_weight",
                "loss.chunk_tokens"];
        Assert.Equal(names.Order(), update.Taken.Concat(update.NeedNewStart).Order());
        string[] whatIsLearnt = ["max_steps", "max_tokens", "batch_size", "accumulation_steps", "window_length", "sampling", "read_ahead",
            "precision", "loss.z_loss_weight", "loss.chunk_tokens", "gradient_precision", "shard_optimizer", "max_gradient_norm",
            "ema_decay", "evaluated_weights", "schedule_by_time", "batch_size_start", "batch_size_ramp_steps", "seed"];
        Assert.Equal(whatIsLearnt.Order(), update.NeedNewStart.Order());
    }
}
