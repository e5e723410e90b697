using Cs336.Inference;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class TrainerTests : IDisposable
{
    private static readonly TransformerConfig Config = new() { VocabSize = 40, ContextLength = 16, DModel = 32, NumLayers = 2,
        NumHeads = 4, DFf = 88 };
    private static readonly TrainerOptions Options = new() { MaxSteps = 12, BatchSize = 4, EvaluateEvery = 5, CheckpointEvery = 4,
        KeepCheckpoints = 2, KeepBest = false, Seed = 3 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_can_learn_one_batch_by_heart()
    {
        using TransformerLM model = new(Config with { InitSeed = 1 });
        IReadOnlyList<NamedParameter> parameters = NamedParameter.Of(model);
        using AdamW optimizer = new(parameters, new AdamWOptions { WeightDecay = 0 });
        long[] ids = [.. TokenFiles.Walk(4 * 16 + 1, 40).Select(id => (long)id)];
        double first = 0, last = 0;
        for (int step = 0; step < 150; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor loss = CrossEntropy.Compute(model.forward(tensor(ids[..^1], [4, 16])), tensor(ids[1..], [4, 16]));
            optimizer.ZeroGrad();
            loss.backward();
            Gradients.ClipByGlobalNorm(parameters, 1);
            optimizer.Step(3e-3);
            last = loss.item<float>();
            if (step == 0) first = last;
        }
        Assert.InRange(first, 0.95 * Math.Log(40), 1.05 * Math.Log(40)); // it starts by knowing nothing
        Assert.InRange(last, 0, 0.05);
    }

    [Fact]
    public void Metrics_validations_and_checkpoints_come_when_they_are_due()
    {
        using Run run = new(_folder, Options);
        TrainingResult result = run.Trainer.Run(run.Progress);
        Assert.Equal((TrainingOutcome.Completed, 12), (result.Outcome, result.Step));
        Assert.Equal(Enumerable.Range(1, 12).Select(step => (long)step), run.Metrics.Select(metrics => metrics.Step));
        Assert.Equal([5, 10, 12], run.Metrics.Where(metrics => metrics.ValidationLoss is not null).Select(metrics => metrics.Step));
        Assert.Equal(run.Metrics[^1].ValidationLoss, result.Evaluation!.Value.Loss);
        Assert.Equal([8, 12], Run.Saved(run.Store));
        Assert.Equal(12 * 4 * 16, run.Metrics[^1].TokensSeen);
        Assert.Equal(new WarmupCosineSchedule(1e-2, 1e-3, 2, 12).GetLearningRate(6), run.Metrics[6].LearningRate);
        Assert.True(run.Metrics[^1].Loss < run.Metrics[0].Loss);
    }

    [Fact]
    public void A_resumed_run_is_equal_to_one_that_never_stopped()
    {
        using Run whole = new(_folder, Options, "whole");
        whole.Trainer.Run(whole.Progress);

        InMemoryCheckpointStore store = new();
        using (Run first = new(_folder, Options, "first", store))
        {
            using CancellationTokenSource cancellation = new();
            first.OnProgress = metrics => { if (metrics.Step == 7) cancellation.Cancel(); };
            TrainingResult stopped = first.Trainer.Run(first.Progress, cancellation.Token);
            Assert.Equal((TrainingOutcome.Cancelled, 7), (stopped.Outcome, stopped.Step));
            Assert.Equal([4, 7], Run.Saved(store));
        }
        using Run second = new(_folder, Options, "second", store);
        ResumeResult resumed = second.Trainer.Resume();
        Assert.Equal(7, resumed.Step);
        Assert.Empty(resumed.Warnings);
        second.Trainer.Run(second.Progress);
        Assert.Equal(whole.Metrics.Skip(7).Select(metrics => (metrics.Step, metrics.Loss, metrics.GradientNorm, metrics.ValidationLoss)),
            second.Metrics.Select(metrics => (metrics.Step, metrics.Loss, metrics.GradientNorm, metrics.ValidationLoss)));
        Assert.Equal(whole.Weights(), second.Weights());
        Assert.Equal(whole.OptimizerState(), second.OptimizerState());
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_and_another_does_not()
    {
        using Run first = new(_folder, Options, "a"), second = new(_folder, Options, "b"),
            third = new(_folder, Options with { Seed = 4 }, "c");
        first.Trainer.Run();
        second.Trainer.Run();
        third.Trainer.Run();
        Assert.Equal(first.Weights(), second.Weights());
        Assert.NotEqual(first.Weights(), third.Weights());
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("config.json")]
    [InlineData("trainer.json")]
    [InlineData("manifest.json")]
    public void A_flipped_bit_makes_the_last_good_checkpoint_the_one_to_resume_from(string file)
    {
        FileCheckpointStore store = new(_folder.File("checkpoints"));
        using (Run run = new(_folder, Options, "first", store)) run.Trainer.Run();
        string damaged = Path.Combine(store.FolderOf(12), file);
        byte[] bytes = File.ReadAllBytes(damaged);
        bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(damaged, bytes);

        using Run resumed = new(_folder, Options, "second", store);
        ResumeResult result = resumed.Trainer.Resume();
        Assert.Equal(8, result.Step);
        Assert.StartsWith("The checkpoint of step 12 is not used: ", Assert.Single(result.Warnings));
        Assert.Equal(TrainingOutcome.Completed, resumed.Trainer.Run().Outcome);
        Assert.Equal([8, 12], Run.Saved(store));
    }

    [Fact]
    public void Where_no_checkpoint_is_whole_that_is_an_error_that_names_each()
    {
        FileCheckpointStore store = new(_folder.File("checkpoints"));
        using (Run run = new(_folder, Options, "first", store)) run.Trainer.Run();
        File.Delete(Path.Combine(store.FolderOf(12), "trainer.json"));
        File.WriteAllText(Path.Combine(store.FolderOf(8), "manifest.json"), "{");
        using Run resumed = new(_folder, Options, "second", store);
        string message = Assert.Throws<InvalidDataException>(() => resumed.Trainer.Resume()).Message;
        Assert.StartsWith("No checkpoint is whole. The checkpoint of step 12 is not used: ", message);
        Assert.Contains("The checkpoint of step 8 is not used: ", message);
    }

    [Fact]
    public void A_checkpoint_of_another_model_is_refused()
    {
        InMemoryCheckpointStore store = new();
        using (Run run = new(_folder, Options, "first", store)) run.Trainer.Run();
        using Run other = new(_folder, Options, "second", store, Config with { DFf = 64 });
        string message = Assert.Throws<InvalidDataException>(() => other.Trainer.Resume()).Message;
        Assert.StartsWith("The checkpoint of step 12 is of another model", message);
        Assert.Contains("it has d_ff 88", message);
        Assert.Contains("but this run has d_ff 64", message);
    }

    [Fact]
    public void A_new_run_does_not_mix_with_one_that_is_already_there()
    {
        InMemoryCheckpointStore store = new();
        using (Run run = new(_folder, Options, "first", store)) run.Trainer.Run();
        using Run second = new(_folder, Options, "second", store);
        Assert.Contains("already holds a run, up to step 12", Assert.Throws<InvalidOperationException>(() => second.Trainer.Run()).Message);
        using Run storeless = new(_folder, Options, "third", withStore: false);
        Assert.Throws<InvalidOperationException>(() => storeless.Trainer.Resume());
        Assert.Equal(12, storeless.Trainer.Run().Step);
    }

    [Fact]
    public void A_diverged_loss_stops_the_run_before_it_harms_the_model()
    {
        using Run run = new(_folder, Options);
        using (no_grad()) run.Model.parameters().First().fill_(float.NaN);
        float[] before = run.Weights();
        Assert.Contains("At step 0 the loss is NaN", Assert.Throws<TrainingDivergedException>(() => run.Trainer.Run()).Message);
        Assert.Equal(before, run.Weights());
    }

    [Fact]
    public void What_does_not_fit_together_is_refused_all_at_once()
    {
        using TransformerLM model = new(Config);
        using AdamW optimizer = new(NamedParameter.Of(model));
        using TokenDataset tokens = TokenDataset.Open(TokenFiles.Write(_folder, "short.npy", [1, 2, 3], 40));
        TrainingData data = new() { Training = tokens, TokenByteLengths = [1, 2] };
        string message = Assert.Throws<ArgumentException>(() =>
            new Trainer(model, optimizer, new ConstantSchedule(1e-3), data,
            new TrainerOptions { BatchSize = 0, WindowLength = 17, MaxGradientNorm = double.NaN })).Message;
        foreach (string expected in (string[])["batch_size is 0", "window_length is 17, but the model's context_length is 16",
            "max_gradient_norm is NaN", "short.npy has 3 tokens", "byte lengths are of 2 tokens"])
            Assert.Contains(expected, message);
    }

    [Fact]
    public async Task Memory_is_flat_over_many_steps()
    {
        using Run run = new(_folder, Options with { MaxSteps = 400, EvaluateEvery = 50, CheckpointEvery = 100 });
        List<long> live = [];
        run.OnProgress = _ => live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        await run.Trainer.RunAsync(run.Progress);
        Assert.Single(live.Skip(101).Distinct()); // from the first checkpoint on, whose copies are kept for the next
        Assert.Equal(live[0], live[99]);
    }

    /// <summary>A model, its optimizer and trainer over a small text, and what the run told.</summary>
    private sealed class Run : IDisposable
    {
        private readonly AdamW _optimizer;
        private readonly TrainingData _data;

        public Run(TemporaryFolder folder, TrainerOptions options, string name = "run", ICheckpointStore? store = null,
            TransformerConfig? config = null, bool withStore = true)
        {
            string path = TokenFiles.Write(folder, name + ".npy", TokenFiles.Walk(3_000, 40), 40);
            (TokenDataset training, TokenDataset validation) = TokenDataset.OpenSplit(path, 0.1);
            _data = new TrainingData { Training = training, Validation = validation };
            Store = store ?? new InMemoryCheckpointStore();
            Model = new TransformerLM((config ?? Config) with { InitSeed = 1 });
            _optimizer = new AdamW(NamedParameter.Of(Model));
            Trainer = new Trainer(Model, _optimizer, new WarmupCosineSchedule(1e-2, 1e-3, 2, 12), _data, options, withStore ? Store : null);
            Progress = new Recorder(this);
        }

        public TransformerLM Model { get; }

        public Trainer Trainer { get; }

        public ICheckpointStore Store { get; }

        public IProgress<TrainingMetrics> Progress { get; }

        public List<TrainingMetrics> Metrics { get; } = [];

        public Action<TrainingMetrics>? OnProgress { get; set; }

        public static IReadOnlyList<long> Saved(ICheckpointStore store) => store.ListAsync().GetAwaiter().GetResult();

        public float[] Weights() => [.. Model.parameters().SelectMany(parameter => parameter.data<float>().ToArray())];

        public float[] OptimizerState() =>
            [.. _optimizer.State.Where(item => item.Key != "step").OrderBy(item => item.Key)
            .SelectMany(item => item.Value.data<float>().ToArray())];

        public void Dispose()
        {
            Model.Dispose();
            _optimizer.Dispose();
            _data.Dispose();
        }

        private sealed class Recorder(Run run) : IProgress<TrainingMetrics>
        {
            public void Report(TrainingMetrics value)
            {
                run.Metrics.Add(value);
                run.OnProgress?.Invoke(value);
            }
        }
    }
}
