using Cs336.Inference;
using Cs336.Transformer;

namespace Cs336.Training.Tests;

public sealed class TrainedExperimentTests : IDisposable
{
    private static readonly TransformerConfig Config = new() { VocabSize = 40, ContextLength = 16, DModel = 32, NumLayers = 1,
        NumHeads = 4, DFf = 88 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_search_over_learning_rates_that_is_cut_off_ends_as_if_it_had_not_been()
    {
        string data = TokenFiles.Write(_folder, "walk.npy", TokenFiles.Walk(3_000, 40), 40);
        IReadOnlyList<ExperimentSettings> runs = ExperimentAxis.Grid(ExperimentAxis.LogRange("learning_rate", 1e-3, 1e-2, 2));
        IReadOnlyList<ExperimentResult> whole = new Experiment(_folder.File("whole"), run => Train(run, data)).Run(runs);
        Assert.All(whole, result => Assert.Equal((ExperimentOutcome.Completed, 12L), (result.Outcome, result.Steps)));
        Assert.NotEqual(whole[0].FinalValidationLoss, whole[1].FinalValidationLoss);

        using CancellationTokenSource cancellation = new();
        string folder = _folder.File("cut");
        ExperimentResult cut = new Experiment(folder, run => Train(run, data, metrics => { if (metrics.Step == 5) cancellation.Cancel(); }))
            .Run(runs, cancellationToken: cancellation.Token).Single();
        Assert.Equal((ExperimentOutcome.Unfinished, 5L), (cut.Outcome, cut.Steps));
        List<long> steps = [];
        IReadOnlyList<ExperimentResult> resumed = new Experiment(folder, run => Train(run, data, metrics => steps.Add(metrics.Step)))
            .Run(runs);
        Assert.Equal(6, steps[0]);
        Assert.Equal(7 + 12, steps.Count);
        foreach ((ExperimentResult expected, ExperimentResult actual) in whole.Zip(resumed))
            Assert.Equal(expected.ReadCurve().Select(metrics => (metrics.Step, metrics.Loss, metrics.ValidationLoss)),
                actual.ReadCurve().Select(metrics => (metrics.Step, metrics.Loss, metrics.ValidationLoss)));
    }

    private static void Train(ExperimentRun run, string path, Action<TrainingMetrics>? onProgress = null)
    {
        using TransformerLM model = new(Config with { InitSeed = 1 });
        using AdamW optimizer = new(NamedParameter.Of(model));
        (TokenDataset training, TokenDataset validation) = TokenDataset.OpenSplit(path, 0.1);
        using TrainingData data = new() { Training = training, Validation = validation };
        Trainer trainer = new(model, optimizer, new ConstantSchedule(run.Settings.GetDouble("learning_rate")), data,
            new TrainerOptions { MaxSteps = 12, BatchSize = 4, EvaluateEvery = 4, CheckpointEvery = 100 },
            new FileCheckpointStore(Path.Combine(run.Folder, "checkpoints")), run.Metrics);
        trainer.Resume();
        trainer.Run(new Teller(onProgress), run.CancellationToken);
    }

    private sealed class Teller(Action<TrainingMetrics>? tell) : IProgress<TrainingMetrics>
    {
        public void Report(TrainingMetrics value) => tell?.Invoke(value);
    }
}
