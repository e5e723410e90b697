namespace Cs336.Training.Tests;

public sealed class ExperimentTests : IDisposable
{
    private static readonly IReadOnlyList<ExperimentSettings> Seeds = ExperimentAxis.Grid(ExperimentAxis.Seeds(3));
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_run_gets_its_settings_and_tells_its_result()
    {
        ExperimentOptions options = new() { Common = new ExperimentSettings([new("steps", 3), new("seed", 9)]) };
        List<string> told = [];
        IReadOnlyList<ExperimentResult> results = new Experiment(_folder.Path, run => Learn(run, run.Settings.GetInt32("steps")), options)
            .Run(Seeds, new Teller(result => told.Add(result.Name)));
        Assert.Equal(["seed=0", "seed=1", "seed=2"], results.Select(result => result.Name));
        Assert.Equal(["seed=0", "seed=1", "seed=2"], told);
        ExperimentResult second = results[1];
        Assert.Equal(new ExperimentSettings([new("seed", 1), new("steps", 3)]), second.Settings);
        Assert.Equal((ExperimentOutcome.Completed, 3, 1.0 / 3, 0.7, 0.6),
            (second.Outcome, second.Steps, second.FinalLoss, second.FinalValidationLoss, second.BestValidationLoss));
        Assert.Equal([1, 2, 3], second.ReadCurve().Select(metrics => metrics.Step));
        Assert.True(second.WallClock > TimeSpan.Zero);
        Assert.Equal(results, Experiment.Read(_folder.Path));
    }

    [Fact]
    public void Time_is_kept_in_seconds_and_that_of_older_versions_read()
    {
        ExperimentResult result = new Experiment(_folder.Path, run => Learn(run, 1)).Run([ExperimentSettings.None])[0];
        string path = Path.Combine(result.Folder, "run.json"), text = File.ReadAllText(path);
        string time =
            $"\"wall_clock_seconds\": {result.WallClock.TotalSeconds.ToString("R", System.Globalization.CultureInfo.InvariantCulture)}";
        Assert.Contains(time, text);
        File.WriteAllText(path, text.Replace(time, "\"wall_clock\": \"00:00:01.5000000\"", StringComparison.Ordinal));
        Assert.Equal(result with { WallClock = TimeSpan.FromSeconds(1.5) }, Assert.Single(Experiment.Read(_folder.Path)));
    }

    [Fact]
    public void A_run_that_is_done_is_not_done_again()
    {
        List<string> begun = [];
        Experiment experiment = new(_folder.Path, run => { begun.Add(run.Name); Learn(run, 2); });
        IReadOnlyList<ExperimentResult> first = experiment.Run([.. Seeds.Take(2)]), second = experiment.Run(Seeds);
        Assert.Equal(["seed=0", "seed=1", "seed=2"], begun);
        Assert.Equal(first, second.Take(2));
    }

    [Fact]
    public void A_cancelled_experiment_goes_on_with_the_run_that_was_under_way()
    {
        using CancellationTokenSource cancellation = new();
        List<string> begun = [];
        Experiment experiment = new(_folder.Path, run =>
        {
            begun.Add(run.Name);
            if (begun.Count == 2) cancellation.Cancel();
            Learn(run, 2);
        });
        IReadOnlyList<ExperimentResult> results = experiment.Run(Seeds, cancellationToken: cancellation.Token);
        Assert.Equal([ExperimentOutcome.Completed, ExperimentOutcome.Unfinished], results.Select(result => result.Outcome));
        results = experiment.Run(Seeds);
        Assert.Equal(["seed=0", "seed=1", "seed=1", "seed=2"], begun);
        Assert.All(results, result => Assert.Equal(ExperimentOutcome.Completed, result.Outcome));
    }

    [Fact]
    public void What_a_killed_process_leaves_behind_can_be_read_and_gone_on_with()
    {
        using TemporaryFolder left = new();
        new Experiment(_folder.Path, run => Learn(run, 4, after: step =>
        {
            if (run.Name == "seed=1" && step == 2) Copy(_folder.Path, left.Path); // what is on the disk at this moment
        })).Run(Seeds);
        File.AppendAllText(Path.Combine(left.Path, "seed=1", "metrics.jsonl"), """{"step": 3, "lo"""); // a torn line
        IReadOnlyList<ExperimentResult> found = Experiment.Read(left.Path);
        Assert.Equal([ExperimentOutcome.Completed, ExperimentOutcome.Unfinished], found.Select(result => result.Outcome));
        Assert.Equal([1, 2], found[1].ReadCurve().Select(metrics => metrics.Step));

        List<string> begun = [];
        IReadOnlyList<ExperimentResult> results = new Experiment(left.Path, run => { begun.Add(run.Name); Learn(run, 4); }).Run(Seeds);
        Assert.Equal(["seed=1", "seed=2"], begun);
        Assert.Equal([1, 2, 3, 4], results[1].ReadCurve().Select(metrics => metrics.Step));
    }

    [Fact]
    public void A_loss_that_runs_away_stops_the_run_early_and_the_others_go_on()
    {
        Experiment experiment = new(_folder.Path, run =>
        {
            run.Metrics.Begin(0);
            bool bad = run.Settings.GetInt32("seed") == 1;
            for (int step = 1; step <= 1000; step++) run.Metrics.Write(Metrics(step, bad && step > 100 ? 9 : 3));
        });
        IReadOnlyList<ExperimentResult> results = experiment.Run(Seeds);
        Assert.Equal([ExperimentOutcome.Completed, ExperimentOutcome.Diverged, ExperimentOutcome.Completed],
            results.Select(result => result.Outcome));
        Assert.InRange(results[1].Steps, 101, 115);
        Assert.Equal(9, results[1].FinalLoss);
        Assert.Contains("more than 2 nats above its lowest, 3.", results[1].Message);
        Assert.Equal(results, experiment.Run(Seeds)); // and it is not tried again
    }

    [Fact]
    public void A_loss_that_runs_away_is_found_out_where_the_metrics_cannot_be_kept()
    {
        WatchedMetrics metrics = new(new BrokenSink(), new DivergenceWatch(_folder.File("none.jsonl"), 2));
        metrics.Begin(0);
        for (int step = 1; step <= 100; step++) Assert.Throws<IOException>(() => metrics.Write(Metrics(step, 3)));
        Assert.Throws<TrainingDivergedException>(() => metrics.Write(Metrics(101, double.NaN)));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(100)]
    public void A_spike_is_no_divergence(int at)
    {
        Experiment experiment = new(_folder.Path, run =>
        {
            run.Metrics.Begin(0);
            for (int step = 1; step <= 200; step++) run.Metrics.Write(Metrics(step, step == at ? 30 : 3));
        });
        Assert.Equal(ExperimentOutcome.Completed, Assert.Single(experiment.Run([ExperimentSettings.None])).Outcome);
    }

    [Fact]
    public void A_loss_that_runs_away_from_the_first_step_on_is_found_out_after_20()
    {
        Experiment experiment = new(_folder.Path, run =>
        {
            run.Metrics.Begin(0);
            for (int step = 1; step <= 200; step++) run.Metrics.Write(Metrics(step, 9 + step));
        });
        ExperimentResult result = Assert.Single(experiment.Run([ExperimentSettings.None]));
        Assert.Equal((ExperimentOutcome.Diverged, 20L), (result.Outcome, result.Steps));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_loss_that_is_not_finite_is_a_divergence_at_once(double loss)
    {
        Experiment experiment = new(_folder.Path, run =>
        {
            run.Metrics.Begin(0);
            run.Metrics.Write(Metrics(1, 3));
            run.Metrics.Write(Metrics(2, loss));
        }, new ExperimentOptions { MaxLossRise = double.PositiveInfinity });
        ExperimentResult result = Assert.Single(experiment.Run([ExperimentSettings.None]));
        Assert.Equal((ExperimentOutcome.Diverged, 2, null), (result.Outcome, result.Steps, result.FinalLoss));
        Assert.Equal(result, Assert.Single(Experiment.Read(_folder.Path)));
        Assert.Equal(2, result.ReadCurve().Count);
    }

    [Fact]
    public void A_resumed_run_is_judged_as_if_it_had_never_stopped()
    {
        int sitting = 0;
        using CancellationTokenSource cancellation = new();
        Experiment experiment = new(_folder.Path, run =>
        {
            int from = 50 * sitting++;
            run.Metrics.Begin(from);
            for (int step = from + 1; step <= from + 50; step++) run.Metrics.Write(Metrics(step, from == 0 ? 3 : 9));
            if (from == 0) cancellation.Cancel();
        });
        experiment.Run([ExperimentSettings.None], cancellationToken: cancellation.Token);
        ExperimentResult result = Assert.Single(experiment.Run([ExperimentSettings.None]));
        Assert.Equal(ExperimentOutcome.Diverged, result.Outcome);
        Assert.InRange(result.Steps, 51, 65);
    }

    [Fact]
    public void A_run_that_fails_is_told_and_tried_again_while_the_others_go_on()
    {
        bool broken = true;
        Experiment experiment = new(_folder.Path, run =>
        {
            if (broken && run.Name == "seed=0") throw new InvalidDataException("There is no data.");
            Learn(run, 1);
        });
        IReadOnlyList<ExperimentResult> results = experiment.Run(Seeds);
        Assert.Equal([ExperimentOutcome.Failed, ExperimentOutcome.Completed, ExperimentOutcome.Completed],
            results.Select(result => result.Outcome));
        Assert.Equal("InvalidDataException: There is no data.", results[0].Message);
        broken = false;
        Assert.Equal((ExperimentOutcome.Completed, null), (experiment.Run(Seeds)[0].Outcome, experiment.Run(Seeds)[0].Message));
    }

    [Fact]
    public void Runs_of_other_settings_and_damaged_results_are_refused_all_at_once_before_any_work()
    {
        new Experiment(_folder.Path, run => Learn(run, 1), new ExperimentOptions { Common = new ExperimentSettings([new("steps", 5)]) })
            .Run(Seeds);
        File.WriteAllText(Path.Combine(_folder.Path, "seed=1", "run.json"), "{");
        Experiment other = new(_folder.Path, _ => Assert.Fail("No run must begin."),
            new ExperimentOptions { Common = new ExperimentSettings([new("steps", 6)]) });
        string message = Assert.Throws<InvalidDataException>(() => other.Run(Seeds)).Message;
        Assert.Contains(
            """seed=0 holds a run with the settings {"seed":0,"steps":5}, but this one has {"seed":0,"steps":6}: use another folder.""",
            message);
        Assert.Contains("run.json does not tell of a run", message);
        Assert.Contains("seed=2 holds a run", message);
    }

    [Fact]
    public void Two_experiments_do_not_share_a_folder()
    {
        Experiment outer = new(_folder.Path, run => new Experiment(_folder.Path, _ => { }).Run(Seeds));
        Assert.Contains("is another one going on there?", outer.Run(Seeds)[0].Message);
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        Experiment experiment = new(_folder.Path, _ => { });
        Assert.Contains("no runs", Assert.Throws<ArgumentException>(() => experiment.Run([])).Message);
        Assert.Contains("come more than once: seed=0", Assert.Throws<ArgumentException>(() =>
            experiment.Run([Seeds[0], Seeds[1], Seeds[0]])).Message);
        Assert.Contains("max_loss_rise is NaN", Assert.Throws<ArgumentException>(() =>
            new Experiment("x", _ => { }, new ExperimentOptions { MaxLossRise = double.NaN })).Message);
        Assert.Contains("jobs is 0", Assert.Throws<ArgumentException>(() =>
            new Experiment("x", _ => { }, new ExperimentOptions { Jobs = 0 })).Message);
        Assert.Throws<DirectoryNotFoundException>(() => Experiment.Read(_folder.File("nowhere")));
    }

    [Fact]
    public void Several_runs_are_computed_at_a_time_and_told_in_order()
    {
        using Barrier both = new(2);
        List<string> told = [];
        Experiment experiment = new(_folder.Path, run =>
        {
            if (run.Name != "seed=2") Assert.True(both.SignalAndWait(TimeSpan.FromSeconds(30)), "the other run was not begun");
            Learn(run, 2);
        }, new ExperimentOptions { Jobs = 2 });
        IReadOnlyList<ExperimentResult> results = experiment.Run(Seeds, new Teller(result => told.Add(result.Name)));
        Assert.Equal(["seed=0", "seed=1", "seed=2"], results.Select(result => result.Name));
        Assert.All(results, result => Assert.Equal(ExperimentOutcome.Completed, result.Outcome));
        Assert.Equal(["seed=0", "seed=1", "seed=2"], told.Order());
    }

    [Fact]
    public void A_result_that_cannot_be_told_ends_an_experiment_of_several_jobs_as_it_does_one()
    {
        Experiment experiment = new(_folder.Path, run => Learn(run, 1), new ExperimentOptions { Jobs = 3 });
        Assert.Throws<NotSupportedException>(() => experiment.Run(Seeds, new Teller(_ => throw new NotSupportedException())));
    }

    [Fact]
    public void A_run_that_keeps_its_own_metrics_is_watched_all_the_same()
    {
        ExperimentResult result = new Experiment(_folder.Path, run =>
        {
            using JsonLinesMetricSink own = new(Path.Combine(run.Folder, "metrics.jsonl"));
            own.Begin(0);
            run.Watch.Begin(0);
            for (int step = 1; ; step++)
            {
                TrainingMetrics metrics = Metrics(step, step < 30 ? 1 : 9);
                own.Write(metrics);
                run.Watch.Write(metrics);
            }
        }).Run([ExperimentSettings.None])[0];
        Assert.Equal(ExperimentOutcome.Diverged, result.Outcome);
        Assert.InRange(result.Steps, 31, 40);
    }

    /// <summary>A loss of 1 / step, and a validation loss that is best in the middle.</summary>
    private static void Learn(ExperimentRun run, int steps, Action<int>? after = null)
    {
        run.Metrics.Begin(0);
        for (int step = 1; step <= steps; step++)
        {
            run.Metrics.Write(Metrics(step, 1.0 / step) with { ValidationLoss = step == 2 ? 0.6 : 0.7 });
            after?.Invoke(step);
        }
    }

    private static TrainingMetrics Metrics(long step, double loss) =>
        new() { Step = step, Loss = loss, LearningRate = 1e-3, GradientNorm = 1, TokensSeen = step * 10, TokensPerSecond = 100,
            Elapsed = TimeSpan.FromSeconds(step) };

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*.json*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using FileStream source = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using FileStream copy = File.Create(target);
            source.CopyTo(copy);
        }
    }

    private sealed class Teller(Action<ExperimentResult> tell) : IProgress<ExperimentResult>
    {
        public void Report(ExperimentResult value) => tell(value);
    }

    private sealed class BrokenSink : IMetricSink
    {
        public void Begin(long step) { }

        public void Write(TrainingMetrics metrics) => throw new IOException("no space");
    }
}
