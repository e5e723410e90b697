using Cs336.Transformer;

namespace Cs336.Training.Tests;

/// <summary>What is not as when a run was saved is told or refused, before anything is changed.</summary>
public sealed class ResumeChangesTests : IDisposable
{
    private static readonly TrainerOptions Options = new() { MaxSteps = 6, BatchSize = 4, EvaluateEvery = 3, CheckpointEvery = 3 };
    private readonly TemporaryFolder _folder = new();
    private readonly InMemoryCheckpointStore _store = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_cannot_go_on_is_refused_all_at_once_and_nothing_is_changed()
    {
        Begin(Options);
        using TinyRun run = new(_folder, Options with { MaxSteps = 5, Sampling = WindowSampling.Epochs }, _store,
            optimizer: parameters => new Muon(parameters));
        float[] weights = run.Weights();
        byte[] random = TorchRandom.Get();
        string[] problems = Assert.Throws<InvalidDataException>(() => run.Trainer.Resume()).Message.Split(Environment.NewLine);
        Assert.Equal(
        [
            "The run was begun with AdamW, but is to go on with Muon: resume it with AdamW, or begin anew in another folder.",
            "The run was begun with random windows, but sampling is epochs: set it back, or begin anew in another folder.",
            "The run has come to step 6, but max_steps is 5: raise it, or begin anew in another folder.",
        ], problems);
        Assert.Equal(weights, run.Weights());
        Assert.Equal(random, TorchRandom.Get());
        Assert.Equal((0L, null), (run.Trainer.Step, run.Trainer.SavedStep));
        Assert.Throws<InvalidOperationException>(() => run.Trainer.Run()); // it is still the other run's store
    }

    [Fact]
    public void Tensors_that_do_not_fit_are_named_up_to_five()
    {
        Begin(Options);
        using TinyRun run = new(_folder, Options, _store, optimizer: parameters => new AdamW([.. parameters.Skip(4)]));
        Assert.Matches("^The checkpoint of step 6 does not fit AdamW: ([^;]+ is unknown; ){5}and 3 more\\. Resume with the optimizer",
            Assert.Throws<InvalidDataException>(() => run.Trainer.Resume()).Message);
    }

    [Fact]
    public void Every_option_that_changed_is_told_with_its_old_and_new_value()
    {
        Begin(Options);
        TrainerOptions changed = Options with
        {
            MaxSteps = 7, BatchSize = 8, WindowLength = 8, MaxGradientNorm = 2, EvaluateEvery = 2, Patience = 9, Seed = 5,
                Loss = new LossOptions { ZLossWeight = 1e-4 },
        };
        using TinyRun run = new(_folder, changed, _store);
        Assert.Equal(
        [
            "max_steps is 7, but was 6 when the run was saved: that holds from here on.",
            "batch_size is 8, but was 4 when the run was saved: the run does not go on as it would have.",
            "window_length is 8, but was 16 when the run was saved: the run does not go on as it would have.",
            "loss.z_loss_weight is 0.0001, but was 0 when the run was saved: the run does not go on as it would have.",
            "max_gradient_norm is 2, but was 1 when the run was saved: the run does not go on as it would have.",
            "evaluate_every is 2, but was 3 when the run was saved: that holds from here on.",
            "patience is 9, but was not set when the run was saved: that holds from here on.",
            "seed is 5, but was 0 when the run was saved: it has no effect on a run that goes on with random windows.",
        ], run.Trainer.Resume().Warnings);
        run.Trainer.Run(run.Progress);
        Assert.Equal((6 * 4 * 16) + (8 * 8), run.Metrics[^1].TokensSeen);
        using TinyRun same = new(_folder, changed with { Precision = Precision.Float32 }, _store);
        Assert.Empty(same.Trainer.Resume().Warnings);
    }

    [Fact]
    public void Another_seed_is_another_order_of_epochs()
    {
        Begin(Options with { Sampling = WindowSampling.Epochs });
        using TinyRun run = new(_folder, Options with { Sampling = WindowSampling.Epochs, Seed = 5 }, _store);
        Assert.Equal("seed is 5, but was 0 when the run was saved: the order of the data is another, so that the run does not go on as "
            + "it would have.", Assert.Single(run.Trainer.Resume().Warnings));
    }

    [Theory]
    [InlineData(WindowSampling.Random, "the run does not go on")]
    [InlineData(WindowSampling.Epochs, "and its windows come in another order")]
    public void Other_data_is_told_and_another_validation_begins_anew(WindowSampling sampling, string consequence)
    {
        TrainerOptions options = Options with { Sampling = sampling, MaxSteps = 8 };
        int[] text = TokenFiles.Walk(2_000, 40), other = [.. text];
        other[1_000]++;
        string path = TokenFiles.Write(_folder, "text.npy", text, 40);
        Begin(options with { MaxSteps = 6 }, TokenDataset.Open(path), tokenizer: "a");

        TokenFiles.Write(_folder, "other.npy", other, 41);
        File.Move(_folder.File("other.npy"), path, overwrite: true);
        using (TinyRun run = new(_folder, options, _store, training: TokenDataset.Open(path), tokenizer: "b"))
            Assert.Equal(
            [
                $"{path} holds other tokens than when the run was saved: the run does not go on as it would have.",
                "The tokenizer is another than the run was saved with: token ids may mean other text than the model has learnt.",
            ], run.Trainer.Resume().Warnings.Where(warning => !warning.StartsWith("max_steps", StringComparison.Ordinal)));

        TokenFiles.Write(_folder, "longer.npy", [.. text, .. text], 40);
        File.Move(_folder.File("longer.npy"), path, overwrite: true);
        string valid = TokenFiles.Write(_folder, "valid.npy", TokenFiles.Walk(300, 40, seed: 9), 40);
        using TinyRun grown = new(_folder, options, _store, training: TokenDataset.Open(path), validation: TokenDataset.Open(valid),
            tokenizer: "a");
        IReadOnlyList<string> warnings = grown.Trainer.Resume().Warnings;
        Assert.Contains(warnings, warning => warning.StartsWith(
            $"{path} has 4,000 tokens to learn from, but there were 2,000 when the run was saved", StringComparison.Ordinal)
            && warning.Contains(consequence, StringComparison.Ordinal));
        Assert.Contains($"{valid} is other validation data than the run was saved with: the best validation and the patience begin anew.",
            warnings);
        Assert.Equal(8, grown.Trainer.Run().Best!.Step); // not one of the other text, whatever its loss
    }

    [Fact]
    public void One_text_is_not_1_texts()
    {
        string a = TokenFiles.Write(_folder, "a.npy", TokenFiles.Walk(500, 40), 40),
            b = TokenFiles.Write(_folder, "b.npy", TokenFiles.Walk(500, 40, seed: 2), 40);
        Begin(Options, TokenDataset.Open(a));
        using TinyRun run =
            new(_folder, Options, _store, training: new TokenMixture([new(TokenDataset.Open(a)), new(TokenDataset.Open(b))]));
        Assert.Contains("The run was saved with 1 text to learn from and goes on with 2: it does not go on as it would have.",
            run.Trainer.Resume().Warnings);
    }

    [Fact]
    public void A_share_of_the_windows_that_changed_is_told()
    {
        string a = TokenFiles.Write(_folder, "a.npy", TokenFiles.Walk(500, 40), 40),
            b = TokenFiles.Write(_folder, "b.npy", TokenFiles.Walk(500, 40, seed: 2), 40);
        Begin(Options, new TokenMixture([new(TokenDataset.Open(a), 1), new(TokenDataset.Open(b), 1)]));
        using TinyRun run =
            new(_folder, Options, _store, training: new TokenMixture([new(TokenDataset.Open(a), 1), new(TokenDataset.Open(b), 3)]));
        Assert.Equal(
        [
            $"{a} gives 0.25 of all windows, but it was 0.5 when the run was saved: the run does not go on as it would have.",
            $"{b} gives 0.75 of all windows, but it was 0.5 when the run was saved: the run does not go on as it would have.",
        ], run.Trainer.Resume().Warnings);
    }

    [Theory]
    [InlineData(12, true)] // the annealing has gone on to the end of 6 steps, and is to go on as that of 12
    [InlineData(6, false)] // the same schedule, wherever it is
    public void A_learning_rate_that_jumps_is_told_with_both_rates(long cosineSteps, bool isTold)
    {
        using (TinyRun run = new(_folder, Options, _store, schedule: new WarmupCosineSchedule(1e-3, 1e-5, 2, 6))) run.Trainer.Run();
        using TinyRun resumed = new(_folder, Options with { MaxSteps = 12 }, _store,
            schedule: new WarmupCosineSchedule(1e-3, 1e-5, 2, cosineSteps));
        string[] warnings = [.. resumed.Trainer.Resume().Warnings.Where(warning =>
            warning.StartsWith("The learning rate", StringComparison.Ordinal))];
        // 1e-5 + ½ (1 + cos ¾π) · 99e-5, and 1e-5 + ½ (1 + cos 0.4π) · 99e-5
        string[] expected = ["The learning rate was 1.549821e-4 at the last step, 5, but is 6.579634e-4 at the next: the schedule is "
            + "another than the run was saved with, and such a jump can undo what was learnt. To keep the old schedule, whose last rate "
            + "then holds for the steps that are added, make it for 6 steps: optimizer.schedule_steps=6."];
        Assert.Equal(isTold ? expected : [], warnings);
    }

    [Fact]
    public void A_warm_up_is_no_jump()
    {
        ILrSchedule schedule = new WarmupCosineSchedule(1e-3, 1e-4, 10, 20);
        using (TinyRun run = new(_folder, Options with { MaxSteps = 2 }, _store, schedule: schedule)) run.Trainer.Run();
        using TinyRun resumed = new(_folder, Options with { MaxSteps = 2, EvaluateEvery = 2 }, _store, schedule: schedule);
        Assert.StartsWith("evaluate_every", Assert.Single(resumed.Trainer.Resume().Warnings));
    }

    [Fact]
    public void An_optimizer_of_another_name_with_the_same_state_is_told()
    {
        Begin(Options);
        using TinyRun run = new(_folder, Options, _store, optimizer: parameters => new FailingOptimizer(parameters));
        Assert.Equal("The run was begun with AdamW and goes on with FailingOptimizer, whose state has the same tensors: it does not go on "
            + "as it would have.", Assert.Single(run.Trainer.Resume().Warnings));
    }

    private void Begin(TrainerOptions options, TokenMixture? training = null, string? tokenizer = null)
    {
        using TinyRun run = new(_folder, options, _store, training: training, tokenizer: tokenizer);
        run.Trainer.Run();
    }
}
