namespace Cs336.Training.Tests;

public sealed class RunPartsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_that_max_tokens_ends_has_a_schedule_of_its_true_length()
    {
        RunConfig config = Config()
            .Merge("""{ "training": { "max_steps": 1000, "max_tokens": 640, "batch_size": 2 }, "optimizer": { "min_lr": 0 } }""");
        RunParts parts = new(config);
        Assert.Equal(20, parts.Config.TotalSteps); // 640 tokens of 2 · 16 a step
        ILrSchedule schedule = parts.CreateSchedule();
        Assert.Equal(3e-3, schedule.GetLearningRate(1), 1e-12);
        Assert.Equal(0, schedule.GetLearningRate(20), 1e-12);
        Assert.Contains("warmup_steps is 20, but the run has 20 steps",
            Assert.Single(config.With("optimizer.warmup_steps", "20").FindProblems()));
        Assert.Empty(config.With("optimizer.warmup_steps", "19").FindProblems());
    }

    [Fact]
    public void A_longer_run_can_keep_the_schedule_that_it_had()
    {
        ILrSchedule before = new RunParts(Config().With("training.max_steps", "60")).CreateSchedule();
        ILrSchedule after = new RunParts(Config().Merge("""{ "training": { "max_steps": 120 }, "optimizer": { "schedule_steps": 60 } }"""))
            .CreateSchedule();
        Assert.All(Enumerable.Range(0, 121), step => Assert.Equal(before.GetLearningRate(step), after.GetLearningRate(step)));
    }

    [Fact]
    public void What_is_left_out_of_the_shape_is_filled_in()
    {
        RunConfig config =
            RunConfig.Parse(
            $$"""{ "model": { "context_length": 16, "d_model": 20, "num_layers": 1, "num_heads": 2 }, "data": { "training": "x.npy" } }""");
        Assert.Equal(["model.vocab_size is not set, and there is no tokenizer to take it from: set it, or data.tokenizer."],
            config.FindProblems());
        Assert.Equal((300, 56), (config.CompleteModel(300).VocabSize, config.CompleteModel().DFf)); // 8/3 · 20 = 53.3
        Assert.Equal(80, config.With("model.ffn", "silu").CompleteModel().DFf);
        Assert.Equal(80, config.With("model.ffn", "relu2").CompleteModel().DFf);
        Assert.Equal((40, 56), (config.With("model.vocab_size", "40").CompleteModel(300).VocabSize,
            config.With("model.vocab_size", "40").CompleteModel(300).DFf));
    }

    [Fact]
    public void What_computes_is_checked_and_found()
    {
        Assert.Equal(["device is 'gpu', but must be cpu, cuda or cuda:N."], Config().With("compute.device", "gpu").FindProblems());
        Assert.Equal(["device is 'cuda:x', but must be cpu, cuda or cuda:N."], Config().With("compute.device", "cuda:x").FindProblems());
        Assert.Empty(Config().With("compute.device", "cuda:1").FindProblems());
        Assert.Equal(Transformer.ComputePath.Explicit, Config().With("compute.path", "explicit").Compute.Path);
        using Transformer.TransformerLM model = new RunParts(Config().With("compute.path", "explicit")).CreateModel();
        Assert.Equal(Transformer.ComputePath.Explicit, model.Path);
        if (!TorchSharp.torch.cuda.is_available())
            Assert.Contains("libtorch finds no CUDA device", Assert.Throws<InvalidOperationException>(() =>
                new RunParts(Config().With("compute.device", "cuda")).CreateModel()).Message);
    }

    [Fact]
    public void The_parts_are_made_from_a_copy_with_whole_paths()
    {
        RunConfig config = Config();
        config.Data.Training = ["relative.npy"];
        RunParts parts = new(config);
        config.Training.MaxSteps = 7;
        Assert.Equal((1_000, Path.GetFullPath("relative.npy")), (parts.Config.Training.MaxSteps, parts.Config.Data.Training[0].Path));
        Assert.Contains("no folder", Assert.Throws<ArgumentException>(() => new RunParts(config with { Directory = " " })).Message);
    }

    private RunConfig Config() =>
        new() { Directory = _folder.File("run"), Model = TinyRun.Config, Data = new DataConfig { Training = ["x.npy"] } };
}
