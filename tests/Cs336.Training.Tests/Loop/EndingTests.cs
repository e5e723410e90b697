using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

/// <summary>What each cause of a run's end leaves, and that the run goes on from it as if nothing had happened.</summary>
public sealed class EndingTests : IDisposable
{
    private static readonly TrainerOptions Options = new() { MaxSteps = 12, BatchSize = 4, EvaluateEvery = 5, CheckpointEvery = 4,
        KeepBest = false };
    private readonly TemporaryFolder _folder = new();
    private readonly FailingStore _store = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_that_is_done_or_cancelled_tells_the_step_that_it_saved()
    {
        using TinyRun run = new(_folder, Options, _store);
        Assert.Null(run.Trainer.SavedStep);
        using CancellationTokenSource cancellation = new();
        run.OnProgress = metrics => { if (metrics.Step == 6) cancellation.Cancel(); };
        run.Trainer.Run(run.Progress, cancellation.Token);
        Assert.Equal(6, run.Trainer.SavedStep);
        using (TinyRun resumed = new(_folder, Options, _store))
        {
            resumed.Trainer.Resume();
            Assert.Equal(6, resumed.Trainer.SavedStep);
        }
        run.Trainer.Run();
        Assert.Equal(12, run.Trainer.SavedStep);
        Assert.Empty(run.Warnings);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_step_that_throws_is_done_again_as_if_it_had_never_been_tried(int accumulationSteps)
    {
        TrainerOptions options = Options with { AccumulationSteps = accumulationSteps, Sampling = WindowSampling.Epochs,
            EvaluateEvery = 100 };
        int[] good = TokenFiles.Walk(4 * 16 * accumulationSteps * 12 + 1, 40), bad = [.. good]; // each window once
        bad[good.Length / 3 + 5] = 99;
        float[] whole = Train(options, good, "good.npy", store: null).Weights;
        (_, InvalidDataException? failure, List<string> warnings, long at) = Train(options, bad, "bad.npy", _store);
        Assert.Contains("holds token id 99", failure!.Message);
        Assert.InRange(at, 1, 11);
        Assert.Equal([$"The checkpoint of step {at} holds the last good state."], warnings);
        Assert.Equal(at, TinyRun.Saved(_store)[^1]);
        (float[] resumed, failure, _, _) = Train(options, good, "good.npy", _store);
        Assert.Null(failure);
        Assert.Equal(whole, resumed);
    }

    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(OutOfMemoryException))]
    public void What_the_model_or_a_lack_of_memory_throws_leaves_the_step_before(Type type)
    {
        float[] whole = Undisturbed();
        FailingOptimizer? optimizer = null;
        using (TinyRun run = new(_folder, Options, _store, optimizer: parameters => optimizer = new FailingOptimizer(parameters)))
        {
            run.OnProgress = metrics =>
                { if (metrics.Step == 6) optimizer!.OnZeroGrad = () => { randn(3); throw (Exception)Activator.CreateInstance(type)!; }; };
            Assert.IsType(type, Assert.ThrowsAny<Exception>(() => run.Trainer.Run(run.Progress)), exactMatch: false);
            Assert.Equal(["The checkpoint of step 6 holds the last good state."], run.Warnings);
            Assert.Equal((6L, 6L), (run.Trainer.Step, run.Trainer.SavedStep));
            optimizer!.OnZeroGrad = null;
            run.Trainer.Run(); // the state in memory is as good
            Assert.Equal(whole, run.Weights());
        }
    }

    [Fact]
    public void An_update_that_fails_half_way_saves_nothing_and_the_run_goes_on_from_the_checkpoint_before()
    {
        float[] whole = Undisturbed();
        FailingOptimizer? optimizer = null;
        using TinyRun run = new(_folder, Options, _store, optimizer: parameters => optimizer = new FailingOptimizer(parameters));
        run.OnProgress = metrics => { if (metrics.Step == 6) optimizer!.OnStep = () => throw new OutOfMemoryException(); };
        Assert.ThrowsAny<OutOfMemoryException>(() => run.Trainer.Run(run.Progress));
        string warning = Assert.Single(run.Warnings);
        Assert.StartsWith("The model was being changed then", warning);
        Assert.EndsWith("The checkpoint of step 4 holds the last good state.", warning);
        Assert.Equal([4], TinyRun.Saved(_store));
        optimizer!.OnStep = null;
        Assert.Contains("call Resume to go back to the checkpoint of step 4",
            Assert.Throws<InvalidOperationException>(() => run.Trainer.Run()).Message);
        Assert.Equal(4, run.Trainer.Resume().Step);
        run.Trainer.Run();
        Assert.Equal(whole, run.Weights());
    }

    [Fact]
    public void A_loss_that_jumps_leaves_the_state_before_it_and_the_message_tells_which()
    {
        TrainerOptions options = Options with { MaxSteps = 200, CheckpointEvery = 1_000 };
        float[] whole = Undisturbed(options);
        using (TinyRun run = new(_folder, options with { MaxLossSpike = 1e-9 }, _store))
        {
            string message = Assert.Throws<TrainingDivergedException>(() => run.Trainer.Run(run.Progress)).Message;
            Assert.InRange(run.Trainer.Step, 20, 199);
            Assert.EndsWith($"The checkpoint of step {run.Trainer.Step} holds the last good state.", message);
            Assert.Equal([run.Trainer.Step], TinyRun.Saved(_store));
        }
        using TinyRun resumed = new(_folder, options, _store);
        resumed.Trainer.Resume();
        resumed.Trainer.Run();
        Assert.Equal(whole, resumed.Weights());
    }

    [Fact]
    public void A_model_that_is_not_finite_is_not_saved_and_the_checkpoint_before_stands()
    {
        using TinyRun run = new(_folder, Options, _store);
        run.OnProgress = metrics =>
        {
            using IDisposable noGradients = no_grad();
            if (metrics.Step == 6) run.Model.parameters().First().fill_(float.NaN);
        };
        Assert.EndsWith("The model of step 6 holds numbers that are not finite, and was not saved. The checkpoint of step 4 holds the "
            + "last good state.",
            Assert.Throws<TrainingDivergedException>(() => run.Trainer.Run(run.Progress)).Message);
        Assert.Equal([4], TinyRun.Saved(_store));
    }

    [Theory]
    [InlineData(DivergenceAction.Skip)]
    [InlineData(DivergenceAction.RollBack)]
    public void Too_many_recoveries_leave_the_state_before_the_step_that_was_one_too_many(DivergenceAction action)
    {
        TrainerOptions options = Options with { MaxSteps = 200, CheckpointEvery = 100, OnDivergence = action, MaxLossSpike = 1e-9,
            MaxRecoveries = 1 };
        long at;
        using (TinyRun run = new(_folder, options, _store))
        {
            string message = Assert.Throws<TrainingDivergedException>(() => run.Trainer.Run(run.Progress)).Message;
            at = run.Trainer.Step;
            Assert.Contains("It has done so 2 times in a row", message);
            Assert.EndsWith($"The checkpoint of step {at} holds the last good state.", message);
        }
        using TinyRun resumed = new(_folder, options with { MaxLossSpike = double.PositiveInfinity }, _store);
        Assert.Equal(at, resumed.Trainer.Resume().Step);
        Assert.Equal(TrainingOutcome.Completed, resumed.Trainer.Run().Outcome);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_saved_ends_the_run_and_another_try_keeps_what_was_learnt()
    {
        float[] whole = Undisturbed();
        _store.OnSave = step => { if (step == 8) throw new IOException("the network was away"); };
        long at;
        using (TinyRun run = new(_folder, Options, _store))
        {
            Assert.Equal("the network was away", Assert.Throws<IOException>(() => run.Trainer.Run(run.Progress)).Message);
            at = run.Trainer.Step;
            // At step 8 itself that fails again; a step or more later, as it is written in the background, it does not.
            Assert.EndsWith($"The checkpoint of step {(at == 8 ? 4 : at)} holds the last good state.", Assert.Single(run.Warnings));
        }
        _store.OnSave = null;
        using TinyRun resumed = new(_folder, Options, _store);
        Assert.Equal(at == 8 ? 4 : at, resumed.Trainer.Resume().Step);
        resumed.Trainer.Run();
        Assert.Equal(whole, resumed.Weights());
    }

    [Fact]
    public void Where_nothing_can_be_saved_any_more_the_first_exception_comes_out_and_a_warning_tells_the_second()
    {
        using TinyRun run = new(_folder, Options with { CheckpointInBackground = false, OnObserverFailure = ObserverFailure.Stop }, _store);
        run.OnProgress = metrics =>
        {
            if (metrics.Step != 6) return;
            _store.OnSave = _ => throw new IOException("no space");
            throw new InvalidOperationException("a fault");
        };
        Assert.Equal("a fault", Assert.Throws<InvalidOperationException>(() => run.Trainer.Run(run.Progress)).Message);
        Assert.Equal(["The state of step 6 could not be saved: no space. The checkpoint of step 4 holds the last good state."],
            run.Warnings);
    }

    [Fact]
    public void A_fatal_observer_leaves_the_step_that_it_was_told_of()
    {
        float[] whole = Undisturbed();
        using (TinyRun run = new(_folder, Options with { OnObserverFailure = ObserverFailure.Stop }, _store))
        {
            run.OnProgress = metrics => { if (metrics.Step == 7) throw new InvalidOperationException("a fault"); };
            Assert.Throws<InvalidOperationException>(() => run.Trainer.Run(run.Progress));
            Assert.Equal(["The checkpoint of step 7 holds the last good state."], run.Warnings);
            Assert.Equal("checkpoint 7", run.Told[^1]);
        }
        using TinyRun resumed = new(_folder, Options, _store);
        Assert.Equal(7, resumed.Trainer.Resume().Step);
        resumed.Trainer.Run();
        Assert.Equal(whole, resumed.Weights());
    }

    [Theory]
    [InlineData(nameof(IMetricSink.Begin), 0)]
    [InlineData(nameof(IMetricSink.Write), 7)]
    [InlineData(nameof(ITrainingCallback.OnBegin), 0)]
    [InlineData(nameof(ITrainingCallback.OnStep), 7)]
    [InlineData(nameof(ITrainingCallback.OnEvaluation), 10)]
    [InlineData(nameof(ITrainingCallback.OnCheckpoint), 8)]
    public void Whatever_a_fatal_observer_was_told_of_the_run_goes_on_from_there(string call, long step)
    {
        float[] whole = Undisturbed();
        FatalObserver observer = new(call, step);
        using (TinyRun run = new(_folder, Options with { OnObserverFailure = ObserverFailure.Stop, CheckpointInBackground = false }, _store,
            metrics: observer, callbacks: [observer]))
        {
            Assert.Equal("a fault", Assert.Throws<InvalidOperationException>(() => run.Trainer.Run()).Message);
            Assert.Equal(step == 0 ? [] : [$"The checkpoint of step {step} holds the last good state."], run.Warnings);
            Assert.Equal(step, TinyRun.Saved(_store).LastOrDefault());
        }
        using TinyRun resumed = new(_folder, Options, _store);
        Assert.Equal(step, resumed.Trainer.Resume().Step);
        resumed.Trainer.Run();
        Assert.Equal(whole, resumed.Weights());
    }

    [Fact]
    public void A_validation_that_fails_is_done_and_told_when_the_run_goes_on()
    {
        int[] ids = TokenFiles.Walk(400, 40), bad = [.. ids];
        bad[100] = 99;
        using TinyRun whole = new(_folder, Options, validation: TokenDataset.Open(TokenFiles.Write(_folder, "valid.npy", ids, 40)));
        whole.Trainer.Run(whole.Progress);
        using (TinyRun run = new(_folder, Options, _store, validation: TokenDataset.Open(TokenFiles.Write(_folder, "bad.npy", bad, 100))))
        {
            Assert.Throws<InvalidDataException>(() => run.Trainer.Run(run.Progress));
            Assert.Equal((5L, 5L), (run.Trainer.Step, run.Trainer.SavedStep));
            Assert.Equal([1, 2, 3, 4], run.Metrics.Select(metrics => metrics.Step));
        }
        using TinyRun resumed = new(_folder, Options, _store, validation: TokenDataset.Open(_folder.File("valid.npy")));
        Assert.Equal(5, resumed.Trainer.Resume().Step);
        resumed.Trainer.Run(resumed.Progress);
        Assert.Equal(whole.Metrics.Skip(4).Select(metrics => (metrics.Step, metrics.Loss, metrics.ValidationLoss)),
            resumed.Metrics.Select(metrics => (metrics.Step, metrics.Loss, metrics.ValidationLoss)));
        Assert.Equal(whole.Weights(), resumed.Weights());
    }

    [Fact]
    public void An_interrupted_roll_back_leaves_the_checkpoint_that_it_went_back_to()
    {
        TrainerOptions options = Options with { OnDivergence = DivergenceAction.RollBack };
        using TinyRun run = new(_folder, options, _store);
        int opened = 0;
        run.OnProgress = metrics =>
        {
            if (metrics.Step != 6) return;
            using IDisposable noGradients = no_grad();
            run.Model.parameters().First().fill_(float.NaN);
            // Once to verify, once to read.
            _store.OnOpen = file => { if (file == "model.safetensors" && ++opened == 2) throw new IOException("the disk was away"); };
        };
        Assert.Equal("the disk was away", Assert.Throws<IOException>(() => run.Trainer.Run(run.Progress)).Message);
        Assert.EndsWith("The checkpoint of step 4 holds the last good state.", Assert.Single(run.Warnings));
        Assert.Throws<InvalidOperationException>(() => run.Trainer.Run());
        Assert.Equal(4, run.Trainer.Resume().Step);
        run.OnProgress = null;
        Assert.Equal(TrainingOutcome.Completed, run.Trainer.Run(run.Progress).Outcome);
        Assert.Equal(Undisturbed(options), run.Weights());
    }

    [Fact]
    public void A_run_that_fails_before_it_has_learnt_anything_leaves_nothing()
    {
        FailingOptimizer? optimizer = null;
        using TinyRun run = new(_folder, Options, _store, optimizer: parameters =>
            optimizer = new FailingOptimizer(parameters) { OnZeroGrad = () => throw new InvalidOperationException("a fault") });
        Assert.Equal("a fault", Assert.Throws<InvalidOperationException>(() => run.Trainer.Run()).Message);
        Assert.Empty(TinyRun.Saved(_store));
        Assert.Empty(run.Warnings);
    }

    /// <summary>Fails at one call of one kind.</summary>
    private sealed class FatalObserver(string call, long at) : IMetricSink, ITrainingCallback
    {
        public void Begin(long step) => Fail(step);

        public void Write(TrainingMetrics metrics) => Fail(metrics.Step);

        public void OnBegin(long step) => Fail(step);

        public void OnStep(TrainingMetrics metrics) => Fail(metrics.Step);

        public void OnEvaluation(long step, Evaluation evaluation) => Fail(step);

        public void OnCheckpoint(long step) => Fail(step);

        private void Fail(long step, [CallerMemberName] string method = "")
        {
            if (method == call && step == at) throw new InvalidOperationException("a fault");
        }
    }

    private float[] Undisturbed(TrainerOptions? options = null)
    {
        using TinyRun run = new(_folder, options ?? Options, new InMemoryCheckpointStore());
        run.Trainer.Run();
        return run.Weights();
    }

    private (float[] Weights, InvalidDataException? Failure, List<string> Warnings, long Step) Train(TrainerOptions options, int[] ids,
        string name, ICheckpointStore? store)
    {
        string path = _folder.File(name);
        if (!File.Exists(path)) TokenFiles.Write(_folder, name, ids, 100);
        using TinyRun run = new(_folder, options, store, training: TokenDataset.Open(path));
        if (store is not null) run.Trainer.Resume();
        InvalidDataException? failure = (InvalidDataException?)Record.Exception(() => { run.Trainer.Run(); });
        return (run.Weights(), failure, run.Warnings, run.Trainer.Step);
    }
}
