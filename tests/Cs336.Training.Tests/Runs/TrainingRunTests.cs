using Cs336.Tokenizers;
using TorchSharp;

namespace Cs336.Training.Tests;

public sealed class TrainingRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_leaves_a_folder_that_tells_all_about_it()
    {
        string directory = _folder.File("run");
        RunConfig config = Config();
        using (TrainingRun run = TrainingRun.Create(directory, config))
        {
            TrainingResult result = run.Train();
            Assert.Equal((TrainingOutcome.Completed, 6L, 6L), (result.Outcome, result.Step, result.Best!.Step));
            Assert.Null(run.Resumed);
        }
        RunDirectory folder = new(directory);
        Assert.Equal(config.ToJson() + "\n", File.ReadAllText(folder.Config));
        Assert.Equal([1, 2, 3, 4, 5, 6], JsonLinesMetricSink.Read(folder.Metrics).Select(metrics => metrics.Step));
        Assert.NotNull(JsonLinesMetricSink.Read(folder.Metrics)[^1].ValidationBitsPerByte);
        Assert.True(File.Exists(Path.Combine(folder.Checkpoints, "step-00000006", "model.safetensors")));
        Assert.Single(Directory.EnumerateFiles(directory, "events.out.tfevents.*"));
        Assert.Equal(["===== step 3 =====", "===== step 6 ====="],
            File.ReadLines(folder.Samples).Where(line => line.StartsWith("=====", StringComparison.Ordinal)));
        using SavedModel saved = SavedModel.LoadNewest(folder.OpenCheckpoints());
        Assert.Equal(6, saved.Step);
    }

    [Fact]
    public void A_run_goes_on_where_it_stopped_and_can_be_made_longer()
    {
        string whole = _folder.File("whole"), cut = _folder.File("cut");
        using (TrainingRun run = TrainingRun.Create(whole, Config().With("training.max_steps", "9"))) run.Train();
        RunConfig config = Config().With("optimizer.cosine_steps", "9").With("optimizer.warmup_steps", "0");
        using (TrainingRun run = TrainingRun.Create(cut, config)) run.Train();
        using (TrainingRun run = TrainingRun.Resume(cut, config.With("training.max_steps", "9")))
        {
            Assert.Equal(6, run.Resumed!.Step);
            Assert.StartsWith("max_steps is 9, but was 6", Assert.Single(run.Resumed.Warnings));
            Assert.Throws<IOException>(() => TrainingRun.Resume(cut));
            run.Train();
        }
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "checkpoints/step-00000009/model.safetensors")),
            File.ReadAllBytes(Path.Combine(cut, "checkpoints/step-00000009/model.safetensors")));
        Assert.Equal(9, RunConfig.Load(Path.Combine(cut, "config.json")).Training.MaxSteps);
        Assert.Equal(File.ReadAllText(Path.Combine(whole, "samples.txt")), File.ReadAllText(Path.Combine(cut, "samples.txt")));
    }

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once_before_any_work()
    {
        string data = TokenFiles.Write(_folder, "wide.npy", [1, 2, 39, 3], 40);
        RunConfig config = Config().Merge($$"""
            { "model": { "vocab_size": 30 }, "data": { "training": ["{{data}}", "missing.npy"] }, "training": { "batch_size": 0 } }
            """);
        string blocked = _folder.Write("file", "no folder");
        string message = Assert.Throws<InvalidDataException>(() => TrainingRun.Create(Path.Combine(blocked, "run"), config)).Message;
        foreach (string expected in (string[])["The run cannot begin:", "batch_size is 0",
            "wide.npy holds token id 39 at place 2, but model.vocab_size is 30", "missing.npy",
            "model.vocab_size is 30, but the tokenizer in", "cannot be written to"])
            Assert.Contains(expected, message);

        string shortData = TokenFiles.Write(_folder, "short.npy", [1, 2, 3], 40);
        message = Assert.Throws<InvalidDataException>(() => TrainingRun.Create(_folder.File("run"), Config().Merge($$"""
            { "data": { "training": "{{shortData}}", "validation": "{{shortData}}" }, "training": { "window_length": 17 }, "samples": { "prompts": ["{{new string('a', 40)}}"] } }
            """))).Message;
        foreach (string expected in (string[])["short.npy has 3 tokens to learn from, but a window of 17",
            "window_length is 17, but the model's context_length is 16", "takes up the whole context_length"])
            Assert.Contains(expected, message);
        Assert.False(Directory.Exists(_folder.File("run")));
    }

    [Fact]
    public void Looking_at_a_new_run_changes_nothing_so_that_two_can_look_at_once()
    {
        RunDirectory parent = new(_folder.File("parent"));
        Directory.CreateDirectory(parent.Path);
        RunParts run = new(Config() with { Directory = Path.Combine(parent.Path, "a", "run") });
        using FileSystemWatcher watcher = new(parent.Path) { NotifyFilter = NotifyFilters.DirectoryName, EnableRaisingEvents = true };
        List<string> made = [];
        watcher.Created += (_, change) => { lock (made) made.Add(change.Name!); };
        Assert.Empty(run.FindProblems());
        Directory.CreateDirectory(Path.Combine(parent.Path, "last"));
        SpinWait.SpinUntil(() => { lock (made) return made.Contains("last"); }, TimeSpan.FromMinutes(1));
        Assert.Equal(["last"], made);
        Assert.Equal([Path.Combine(parent.Path, "last")], Directory.EnumerateFileSystemEntries(parent.Path));
    }

    [Fact]
    public void A_place_for_checkpoints_that_cannot_be_had_is_found_before_any_step()
    {
        string directory = _folder.File("run");
        using (TrainingRun.Create(directory, Config())) { }
        string checkpoints = new RunDirectory(directory).Checkpoints;
        File.CreateSymbolicLink(checkpoints, _folder.File("disk-that-is-not-mounted"));
        Assert.Contains($"{checkpoints} cannot be written to: ",
            Assert.Throws<InvalidDataException>(() => TrainingRun.Resume(directory)).Message);
        File.Delete(checkpoints);
        File.WriteAllText(checkpoints, "no folder");
        Assert.Contains($"{checkpoints} cannot be written to: ",
            Assert.Throws<InvalidDataException>(() => TrainingRun.Resume(directory)).Message);
    }

    [Fact]
    public void A_folder_with_a_run_is_not_begun_anew_and_one_without_not_resumed()
    {
        string directory = _folder.File("run");
        using (TrainingRun.Create(directory, Config())) { }
        Assert.Contains("already holds a run", Assert.Throws<InvalidDataException>(() => TrainingRun.Create(directory, Config())).Message);
        Assert.Contains("holds no run", Assert.Throws<InvalidDataException>(() => TrainingRun.Resume(_folder.File("nothing"))).Message);
        using TrainingRun resumed = TrainingRun.Resume(directory); // begun, but killed before its first checkpoint
        Assert.Equal(0, resumed.Resumed!.Step);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Steps_that_begin_anew_because_no_checkpoint_is_left_are_told_before_any_work(bool withFolder)
    {
        string directory = _folder.File("run");
        using (TrainingRun run = TrainingRun.Create(directory, Config())) run.Train();
        RunDirectory files = new(directory);
        Directory.Delete(files.Checkpoints, recursive: true);
        if (withFolder) Directory.CreateDirectory(files.Checkpoints);
        string metrics = File.ReadAllText(files.Metrics);
        using (TrainingRun resumed = TrainingRun.Resume(directory))
        {
            Assert.Equal(0, resumed.Resumed!.Step);
            Assert.Equal($"{directory} has no checkpoint to go on from, but its metrics.jsonl tells of 6 steps: the run begins anew at "
                + "step 0, and its metrics with it. "
                + "Where checkpoints were removed, stop it, put them back and resume again, or begin in another folder.",
                    Assert.Single(resumed.Resumed.Warnings));
            Assert.Equal(metrics, File.ReadAllText(files.Metrics)); // until it begins
        }
        File.WriteAllText(files.Metrics, "");
        using (TrainingRun resumed = TrainingRun.Resume(directory)) Assert.Empty(resumed.Resumed!.Warnings);
    }

    [Theory]
    [InlineData("""{ "data": { "training": "a\u0000b" } }""", "data.training")]
    [InlineData("""{ "data": { "training": ["a", { "path": "\u0000" }] } }""", "data.training")]
    [InlineData("""{ "data": { "validation": "a\u0000b" } }""", "data.validation")]
    [InlineData("""{ "data": { "tokenizer": "a\u0000b" } }""", "data.tokenizer")]
    [InlineData("""{ "directory": "a\u0000b" }""", "directory")]
    public void A_path_that_can_be_none_is_refused_with_its_key(string patch, string key)
    {
        RunConfig config = Config().Merge(patch);
        string expected = $"{key} holds the character 0, which no f";
        Assert.Contains(config.FindProblems(), problem => problem.StartsWith(expected, StringComparison.Ordinal));
        if (key == "directory")
        {
            Assert.StartsWith(expected, Assert.Throws<ArgumentException>(() => new RunParts(config)).Message);
            return;
        }
        string directory = _folder.File("run");
        string message = Assert.Throws<InvalidDataException>(() => TrainingRun.Create(directory, config)).Message;
        Assert.Contains(expected, message);
        Directory.CreateDirectory(directory);
        File.WriteAllText(new RunDirectory(directory).Config, config.ToJson());
        Assert.StartsWith($"{new RunDirectory(directory).Config}: {expected}",
            Assert.Throws<InvalidDataException>(() => TrainingRun.Resume(directory)).Message);
    }

    [Fact]
    public void A_checkpoint_of_another_model_is_found_with_all_else_that_is_wrong()
    {
        string directory = _folder.File("run");
        using (TrainingRun run = TrainingRun.Create(directory, Config())) run.Train();
        string message = Assert.Throws<InvalidDataException>(() =>
            TrainingRun.Resume(directory, Config().Merge("""{ "model": { "d_ff": 64 }, "data": { "training": "missing.npy" } }""")))
            .Message;
        Assert.Contains("The run cannot go on:", message);
        Assert.Contains("The checkpoint of step 6 is of another model", message);
        Assert.Contains("missing.npy", message);
    }

    [Theory]
    [InlineData("optimizer.name", "adamw", "The run was begun with muon, but optimizer.name is adamw")]
    [InlineData("training.sampling", "epochs", "The run was begun with random windows, but sampling is epochs")]
    [InlineData("training.max_steps", "5", "The run has come to step 6, but max_steps is 5")]
    [InlineData("model.d_ff", "16", "is of another model: it has d_ff 24, but this run has d_ff 16.")]
    [InlineData("data.training", "missing.npy", "missing.npy")]
    public void A_refused_resume_changes_nothing(string key, string value, string message)
    {
        string directory = _folder.File("run");
        using (TrainingRun run = TrainingRun.Create(directory, Config())) run.Train();
        string[] before = Snapshot(directory);
        RunConfig other = new RunDirectory(directory).ReadConfig().With(key, value);
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => TrainingRun.Resume(directory, other)).Message);
        Assert.Equal(before, Snapshot(directory));
        using TrainingRun resumed = TrainingRun.Resume(directory);
        Assert.Equal(6, resumed.Resumed!.Step);
    }

    [Fact]
    public void Everything_that_is_not_as_it_was_is_told_once()
    {
        string directory = _folder.File("run");
        using (TrainingRun run = TrainingRun.Create(directory, Config().Merge("""{ "optimizer": { "schedule": "constant" } }""")))
            run.Train();
        RunConfig other = new RunDirectory(directory).ReadConfig().Merge("""
            { "model": { "init_seed": 5 }, "training": { "seed": 5, "max_steps": 8, "batch_size": 3, "evaluate_every": 2 },
              "optimizer": { "max_lr": 0.3, "beta1": 0.8, "weight_decay": 0 }, "samples": { "every": 4 } }
            """);
        using TrainingRun resumed = TrainingRun.Resume(directory, other);
        string[] warnings = [.. resumed.Resumed!.Warnings];
        foreach (string expected in (string[])
        [
            "max_steps is 8, but was 6 when the run was saved: that holds from here on.",
            "batch_size is 3, but was 2 when the run was saved: the run does not go on as it would have.",
            "evaluate_every is 2, but was 3 when the run was saved: that holds from here on.",
            "seed is 5, but was 0 when the run was saved: it has no effect on a run that goes on with random windows.",
            "model.init_seed is 5, but was 0 when the run was saved: it has no effect on a run that goes on, whose weights are there.",
            "optimizer.max_lr is 0.3, but was 0.003 when the run was saved: the run does not go on as it would have.",
            "optimizer.beta1 is 0.8, but was 0.9 when the run was saved: the run does not go on as it would have.",
            "optimizer.weight_decay is 0, but was 0.1 when the run was saved: the run does not go on as it would have.",
            "samples.every is 4, but was 3 when the run was saved: that holds from here on.",
        ])
            Assert.Single(warnings, expected);
        Assert.Single(warnings, warning => warning.StartsWith("The learning rate was 3e-3 at the last step, 5, but is 3e-1",
            StringComparison.Ordinal));
        Assert.Equal(10, warnings.Length);
    }

    [Fact]
    public void A_tokenizer_that_is_no_longer_named_is_told()
    {
        string directory = _folder.File("run");
        RunConfig config = Config().Merge("""{ "samples": { "every": null } }""");
        using (TrainingRun run = TrainingRun.Create(directory, config)) run.Train();
        using TrainingRun resumed = TrainingRun.Resume(directory, config.With("data.tokenizer", "null"));
        Assert.Equal(["The run was saved with a tokenizer and goes on without: there are no bits per byte from here on."],
            resumed.Resumed!.Warnings);
    }

    [Fact]
    public void A_run_that_cannot_be_made_leaves_no_folder()
    {
        if (torch.cuda.is_available()) return; // there is a device then
        Assert.Throws<InvalidOperationException>(() => TrainingRun.Create(_folder.File("run"), Config().With("compute.device", "cuda")));
        Assert.False(Directory.Exists(_folder.File("run")));
    }

    private static string[] Snapshot(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => $"{path} {Convert.ToHexString(File.ReadAllBytes(path))}").Order(StringComparer.Ordinal)];

    private RunConfig Config()
    {
        string text =
            _folder.Write("text.txt", string.Concat(Enumerable.Repeat("the cat sat on the mat and the dog ran to the log. ", 60)));
        BpeModel tokenizer = new BpeTrainer(new BpeTrainerOptions { VocabSize = 270 }).Train(text);
        tokenizer.Save(_folder.File("tokenizer"));
        BpeTokenizer.Load(_folder.File("tokenizer")).EncodeFile(text, _folder.File("tokens.npy"));
        return RunConfig.Parse($$"""
            {
              "model": { "vocab_size": {{tokenizer.VocabSize}}, "context_length": 16, "d_model": 16, "num_layers": 1, "num_heads": 2, "d_ff": 24 },
              "training": { "max_steps": 6, "batch_size": 2, "evaluate_every": 3, "checkpoint_every": 4 },
              "data": { "training": "{{_folder.File("tokens.npy")}}", "validation_fraction": 0.1, "tokenizer": "{{_folder.File("tokenizer")}}" },
              "samples": { "every": 3, "prompts": ["the cat"], "max_new_tokens": 5 }
            }
            """);
    }
}
