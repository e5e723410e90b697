using System.Diagnostics.Metrics;

namespace Cs336.Training.Tests;

public sealed class ObserverTests : IDisposable
{
    private static readonly TrainerOptions Options = new() { MaxSteps = 9, BatchSize = 2, EvaluateEvery = 3, CheckpointEvery = 3 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Whoever_fails_the_run_goes_on_and_tells_of_it_at_doubling_counts()
    {
        Faulty faulty = new();
        using TinyRun run = new(_folder, Options, new InMemoryCheckpointStore(), metrics: faulty, callbacks: [faulty]);
        TrainingResult result = run.Trainer.Run(faulty);
        Assert.Equal((TrainingOutcome.Completed, 9L), (result.Outcome, result.Step));
        Assert.Equal(["begin 0", "step 1"], run.Told.Take(2)); // the others are told all the same
        // 1 beginning and 9 retries of it, 1 beginning, 9 steps, 9 steps of the progress, 3 validations, 1 to 3 checkpoints, all of
        // one object
        Assert.Equal(6, result.Warnings.Count);
        Assert.Equal("Faulty failed when it was told of the beginning at step 0, and the run goes on: IOException: no space.",
            result.Warnings[0]);
        Assert.StartsWith("Faulty failed when it was told of the beginning at step 0, and the run goes on: InvalidOperationException: a "
            + "fault. It has failed 2 times by now; the next that is told of is number 4.", result.Warnings[1]);
        Assert.Equal(result.Warnings, run.Warnings);
    }

    [Fact]
    public void A_sink_whose_beginning_failed_begins_before_its_next_line()
    {
        LateSink sink = new();
        using TinyRun run = new(_folder, Options with { MaxSteps = 4 }, metrics: new CompositeMetricSink(sink, new Faulty()));
        Assert.Equal(2, run.Trainer.Run().Warnings.Count(warning =>
            warning.StartsWith("LateSink failed when it was told of the beginning at step", StringComparison.Ordinal)));
        Assert.Equal(["begin 0", "begin 0", "begin 1", "write 2", "write 3", "write 4"], sink.Told);
    }

    [Fact]
    public void A_listener_of_the_meter_that_fails_ends_nothing()
    {
        int thread = Environment.CurrentManagedThreadId;
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
            { if (instrument.Name == "cs336.training.loss") self.EnableMeasurementEvents(instrument); };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) =>
            { if (Environment.CurrentManagedThreadId == thread) throw new InvalidOperationException("a fault"); });
        listener.Start();
        using TinyRun run = new(_folder, Options with { MaxSteps = 1 });
        Assert.Equal("A listener of the meter failed when it was told of step 1, and the run goes on: "
            + "InvalidOperationException: a fault.", Assert.Single(run.Trainer.Run().Warnings));
    }

    [Fact]
    public void A_failure_ends_the_run_where_that_is_asked_for()
    {
        foreach (string where in (string[])["Begin", "Write", "OnBegin", "OnStep", "OnEvaluation", "OnCheckpoint", "Report"])
        {
            Faulty faulty = new(where);
            using TinyRun run = new(_folder, Options with { OnObserverFailure = ObserverFailure.Stop, CheckpointInBackground = false },
                new InMemoryCheckpointStore(), metrics: faulty, callbacks: [faulty]);
            Assert.ThrowsAny<Exception>(() => run.Trainer.Run(faulty));
        }
    }

    [Fact]
    public void One_that_finds_the_run_diverged_ends_it_always()
    {
        using TinyRun run = new(_folder, Options);
        run.OnProgress = metrics => { if (metrics.Step == 2) throw new TrainingDivergedException("enough"); };
        Assert.Equal("enough", Assert.Throws<TrainingDivergedException>(() => run.Trainer.Run(run.Progress)).Message);
    }

    [Fact]
    public void To_give_up_waiting_once_the_run_is_cancelled_is_no_failure_but_any_other_cancellation_is()
    {
        using CancellationTokenSource cancellation = new();
        using TinyRun run = new(_folder, Options with { OnObserverFailure = ObserverFailure.Stop });
        run.OnProgress = _ =>
        {
            cancellation.Cancel();
            cancellation.Token.ThrowIfCancellationRequested();
        };
        TrainingResult result = run.Trainer.Run(run.Progress, cancellation.Token);
        Assert.Equal((TrainingOutcome.Cancelled, 1L), (result.Outcome, result.Step));
        Assert.Empty(result.Warnings);

        using TinyRun other = new(_folder, Options with { MaxSteps = 1 });
        other.OnProgress = _ => throw new TaskCanceledException("a request took too long");
        Assert.EndsWith("TaskCanceledException: a request took too long. To end a run, cancel the token that Run was given.",
            Assert.Single(other.Trainer.Run(other.Progress).Warnings));
    }

    [Fact]
    public void A_warning_that_fails_is_no_warning()
    {
        using TinyRun run = new(_folder, Options with { MaxSteps = 1 }, callbacks: [new Faulty("OnStep", "OnWarning")]);
        Assert.Single(run.Trainer.Run().Warnings);
        Assert.Single(run.Warnings);
    }

    /// <summary>Fails at everything, or at some things.</summary>
    private sealed class Faulty(params string[] where) : IMetricSink, ITrainingCallback, IProgress<TrainingMetrics>
    {
        public void Begin(long step) => Fail(new IOException("no space"));
        public void Write(TrainingMetrics metrics) => Fail(new IOException("no space"));
        public void OnBegin(long step) => Fail(new InvalidOperationException("a fault"));
        public void OnStep(TrainingMetrics metrics) => Fail(new InvalidOperationException("a fault"));
        public void OnEvaluation(long step, Evaluation evaluation) => Fail(new InvalidOperationException("a fault"));
        public void OnCheckpoint(long step) => Fail(new InvalidOperationException("a fault"));
        public void OnWarning(string message) => Fail(new InvalidOperationException("a fault"));
        public void Report(TrainingMetrics value) => Fail(new InvalidOperationException("a fault"));

        private void Fail(Exception exception, [System.Runtime.CompilerServices.CallerMemberName] string method = "")
        {
            if (where.Length == 0 || where.Contains(method)) throw exception;
        }
    }

    /// <summary>Begins at the third try.</summary>
    private sealed class LateSink : IMetricSink
    {
        public List<string> Told { get; } = [];

        public void Begin(long step)
        {
            Told.Add($"begin {step}");
            if (Told.Count < 3) throw new IOException("not yet");
        }

        public void Write(TrainingMetrics metrics) => Told.Add($"write {metrics.Step}");
    }
}
