using Cs336.Inference;
using Cs336.Testing;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class WeightAverageTests : IDisposable
{
    private static readonly TrainerOptions Options = new() { MaxSteps = 12, BatchSize = 4, EvaluateEvery = 4, CheckpointEvery = 5,
        Seed = 3, EmaDecay = 0.5 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_average_follows_the_equation_and_changes_nothing_that_is_trained()
    {
        using TinyRun run = new(_folder, Options with { EmaDecay = 0.6 }), without = new(_folder, Options with { EmaDecay = null });
        double[] expected = [.. run.Weights().Select(weight => (double)weight)];
        run.OnProgress = metrics =>
        {
            long step = metrics.Step - 1;
            double decay = Math.Min(0.6, (1.0 + step) / (10 + step)); // 0.6 from step 13 on, which there is not
            float[] weights = run.Weights();
            for (int i = 0; i < expected.Length; i++) expected[i] = (decay * expected[i]) + ((1 - decay) * weights[i]);
        };
        run.Trainer.Run(run.Progress);
        without.Trainer.Run();
        Assert.Equal(without.Weights(), run.Weights());
        Assert.InRange(Averages(run).Zip(expected, (actual, value) => Math.Abs(actual - value)).Max(), 0, 1e-6);
        Assert.Null(without.Trainer.AverageWeights);
    }

    [Theory]
    [InlineData(EvaluatedWeights.Average)]
    [InlineData(EvaluatedWeights.Trained)]
    public void What_is_measured_is_the_model_of_the_checkpoint(EvaluatedWeights evaluated)
    {
        InMemoryCheckpointStore store = new();
        using TinyRun run = new(_folder, Options with { EvaluatedWeights = evaluated }, store),
            without = new(_folder, Options with { EmaDecay = null });
        TrainingResult result = run.Trainer.Run();
        using SavedModel saved = SavedModel.LoadBest(store);
        Assert.Equal(result.Best!.Step, saved.Step);
        (_, TokenDataset last) = TokenDataset.OpenSplit(_folder.File("walk.npy"), 0.1);
        using (last) Assert.Equal(result.Best.Loss, new Evaluator(last, 4, 16).Evaluate(saved.Model).Loss);

        using SavedModel newest = SavedModel.LoadNewest(store);
        float[] kept = [.. newest.Model.parameters().SelectMany(parameter => parameter.data<float>().ToArray())];
        Assert.Equal(evaluated == EvaluatedWeights.Average ? Averages(run) : run.Weights(), kept);
        Assert.Equal(evaluated == EvaluatedWeights.Trained, without.Trainer.Run().Evaluation == result.Evaluation);
    }

    [Theory]
    [InlineData(EvaluatedWeights.Average)]
    [InlineData(EvaluatedWeights.Trained)]
    public void A_callback_that_asks_the_model_has_the_weights_that_are_measured(EvaluatedWeights evaluated)
    {
        TrainerOptions options = Options with { EvaluatedWeights = evaluated };
        Asking callback = new();
        using TinyRun run = new(_folder, options, callbacks: [callback]), without = new(_folder, options);
        callback.Weights = run.Weights;
        run.OnProgress = metrics => callback.Trained.Add(run.Weights());
        run.Trainer.Run(run.Progress);
        without.Trainer.Run();
        callback.Trained.RemoveAt(2);
        Assert.Equal(11, callback.Seen.Count);
        for (int i = 0; i < 11; i++)
            Assert.Equal(i == 10 && evaluated == EvaluatedWeights.Average ? Averages(run) : callback.Trained[i], callback.Seen[i]);
        Assert.Equal(without.Weights(), run.Weights());
        Assert.Equal(Averages(without), Averages(run));
    }

    [Theory]
    [InlineData(EvaluatedWeights.Average, true)]
    [InlineData(EvaluatedWeights.Average, false)]
    [InlineData(EvaluatedWeights.Trained, true)]
    public void A_run_that_goes_on_has_the_average_that_it_would_have_had(EvaluatedWeights evaluated, bool inBackground)
    {
        TrainerOptions options = Options with { EvaluatedWeights = evaluated, CheckpointInBackground = inBackground };
        using TinyRun whole = new(_folder, options);
        whole.Trainer.Run(whole.Progress);
        InMemoryCheckpointStore store = new();
        using (TinyRun first = new(_folder, options with { MaxSteps = 6 }, store)) first.Trainer.Run();
        using TinyRun second = new(_folder, options, store);
        Assert.Equal(6, second.Trainer.Resume().Step);
        second.Trainer.Run(second.Progress);
        Assert.Equal(whole.Weights(), second.Weights());
        Assert.Equal(Averages(whole), Averages(second));
        Assert.Equal(whole.Metrics.Skip(6).Select(item => (item.Loss, item.ValidationLoss)),
            second.Metrics.Select(item => (item.Loss, item.ValidationLoss)));
    }

    [Fact]
    public void An_average_can_be_left_or_begun_where_a_run_goes_on()
    {
        using TinyRun whole = new(_folder, Options);
        whole.Trainer.Run();
        InMemoryCheckpointStore store = new();
        using (TinyRun first = new(_folder, Options with { MaxSteps = 6 }, store)) first.Trainer.Run();
        using (TinyRun without = new(_folder, Options with { EmaDecay = null, MaxSteps = 9 }, store))
        {
            Assert.Contains(without.Trainer.Resume().Warnings, warning => warning.StartsWith("ema_decay is not set, but was 0.5"));
            without.Trainer.Run();
        }
        using TinyRun again = new(_folder, Options, store);
        Assert.Contains(again.Trainer.Resume().Warnings, warning => warning.StartsWith("ema_decay is 0.5, but was not set"));
        Assert.Equal(again.Weights(), Averages(again)); // it begins with the weights
        again.Trainer.Run();
        Assert.Equal(whole.Weights(), again.Weights());
        Assert.NotEqual(Averages(whole), Averages(again));
    }

    [Fact]
    public void A_run_that_is_rolled_back_has_the_average_of_then()
    {
        InMemoryCheckpointStore store = new();
        using TinyRun run = new(_folder, Options with { OnDivergence = DivergenceAction.RollBack, EvaluateEvery = 100 }, store);
        float[] saved = [];
        bool isLookedAt = false;
        run.OnProgress = metrics =>
        {
            if (metrics.Step == 5) saved = Averages(run);
            if (metrics.Step == 6 && run.Divergences.Count == 1)
            {
                double decay = 6.0 / 15;
                double[] expected = [.. saved.Zip(run.Weights(), (average, weight) => (decay * average) + ((1 - decay) * weight))];
                Assert.InRange(Averages(run).Zip(expected, (actual, value) => Math.Abs(actual - value)).Max(), 0, 1e-6);
                isLookedAt = true;
            }
            if (metrics.Step == 7 && run.Divergences.Count == 0)
                using (no_grad()) run.Model.parameters().First().fill_(float.NaN);
        };
        run.Trainer.Run(run.Progress);
        Assert.Equal(5, Assert.Single(run.Divergences).GoesOnFrom);
        Assert.True(isLookedAt);
        Assert.Empty(run.Warnings);
    }

    [Fact]
    public void An_average_takes_memory_and_its_options_must_make_sense()
    {
        TrainerOptions training = new() { CheckpointInBackground = true };
        long parameters = ParameterCount.Of(TinyRun.Config).Total;
        RunMemory without = RunMemory.Of(TinyRun.Config, ComputePath.Fast, training, 0),
            with = RunMemory.Of(TinyRun.Config, ComputePath.Fast, training with { EmaDecay = 0.9 }, 0);
        Assert.Equal((4 * parameters, 8 * parameters), (with.Fixed - without.Fixed, with.Total - without.Total));
        foreach (double decay in (double[])[0, 1, -0.5, double.NaN])
            Assert.Equal($"ema_decay is {decay}, but must be above 0 and below 1; without an average of the weights leave it out.",
                Assert.Single(new TrainerOptions { EmaDecay = decay }.FindProblems()));
        Assert.StartsWith("evaluated_weights is trained, but without ema_decay",
            Assert.Single(new TrainerOptions { EvaluatedWeights = EvaluatedWeights.Trained }.FindProblems()));
        RunConfig config = RunConfig.Parse("""
            { "model": { "vocab_size": 40, "context_length": 16, "d_model": 32, "num_layers": 1, "num_heads": 4 },
              "training": { "ema_decay": 0.99, "evaluated_weights": "trained" }, "data": { "training": "walk.npy" } }
            """);
        Assert.Equal((0.99, EvaluatedWeights.Trained), (config.Training.EmaDecay, config.Training.EvaluatedWeights));
        Assert.Contains("\"evaluated_weights\": \"trained\"", config.ToJson());
        Assert.DoesNotContain("evaluated_weights", (config with { Training = new() }).ToJson());
    }

    private static float[] Averages(TinyRun run) => [.. NamedParameter.Of(run.Model)
        .SelectMany(item => run.Trainer.AverageWeights![item.Name].data<float>().ToArray())];

    /// <summary>Asks the model at step 12, looks at its weights at each, and fails at step 3, which changes nothing.</summary>
    private sealed class Asking : ITrainingCallback
    {
        public Func<float[]> Weights { get; set; } = () => [];

        public List<float[]> Seen { get; } = [];

        public List<float[]> Trained { get; } = [];

        public bool AsksModel(long step) => step is 3 or 12;

        public void OnStep(TrainingMetrics metrics)
        {
            if (metrics.Step == 3) throw new InvalidOperationException("The answer is not what was expected.");
            Seen.Add(Weights());
        }
    }
}
