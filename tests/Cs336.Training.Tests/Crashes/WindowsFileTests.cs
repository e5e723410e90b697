using System.Text;
using Cs336.Tokenizers;

namespace Cs336.Training.Tests;

/// <summary>What becomes of a run's files where one that is open cannot be renamed, replaced or deleted, as on Windows.</summary>
public sealed class WindowsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WindowsFileSystem _windows;
    private readonly FileCheckpointStore _store;

    public WindowsFileTests()
    {
        _windows = new WindowsFileSystem(_folder.Path);
        _store = new FileCheckpointStore(_folder.File("checkpoints"));
    }

    public void Dispose()
    {
        _windows.Dispose();
        _folder.Dispose();
    }

    [LinuxFact]
    public async Task A_virus_scanner_that_opens_a_new_checkpoint_is_waited_for()
    {
        Task closing = Task.CompletedTask;
        CheckpointFile scanned = new("b", _ => closing = _windows.CloseAfterRefusal(File.OpenRead(Unfinished(1, "a"))));
        await _store.SaveAsync(1, [Part("a", "one"), scanned]);
        await closing;
        Assert.Equal("one", await ReadAsync(1, "a"));
        Assert.Equal(["step-00000001"], Folders());
    }

    [LinuxFact]
    public async Task A_checkpoint_that_cannot_have_its_name_is_told_and_cleared_away_later()
    {
        await _store.SaveAsync(1, [Part("a", "one")]);
        FileStream? held = null;
        IOException exception = await Assert.ThrowsAsync<IOException>(() =>
            _store.SaveAsync(2, [Part("a", "two"), new("b", _ => held = File.OpenRead(Unfinished(2, "a")))]));
        string checkpoints = _folder.File("checkpoints");
        Assert.StartsWith($"The checkpoint of step 2 cannot be saved in {checkpoints}: {checkpoints}/.unfinished-step-00000002 "
            + "cannot be renamed: another program has a file in it open, or this user may not change it. "
            + "It was tried for 0.3 s;", exception.Message);
        Assert.EndsWith("Those saved before are untouched.", exception.Message);
        Assert.Equal([1], await _store.ListAsync());
        held!.Dispose();
        await _store.SaveAsync(3, [Part("a", "three")]);
        Assert.Equal(["step-00000001", "step-00000003"], Folders());
    }

    [LinuxFact]
    public async Task A_checkpoint_that_is_read_is_replaced_once_it_is_closed()
    {
        await _store.SaveAsync(1, [Part("a", "old")]);
        using (await _store.OpenReadAsync(1, "a"))
        {
            string message = (await Assert.ThrowsAsync<IOException>(() => _store.SaveAsync(1, [Part("a", "new")]))).Message;
            Assert.Contains($"{_store.FolderOf(1)} cannot be renamed: another program has a file in it open", message);
            Assert.Equal("old", await ReadAsync(1, "a"));
            Assert.Equal(["step-00000001"], Folders());
        }
        Task closing = _windows.CloseAfterRefusal(await _store.OpenReadAsync(1, "a"));
        await _store.SaveAsync(1, [Part("a", "new")]);
        await closing;
        Assert.Equal("new", await ReadAsync(1, "a"));
        Assert.Equal(["step-00000001"], Folders());
    }

    [LinuxFact]
    public async Task A_checkpoint_whose_successor_cannot_have_its_name_has_it_again()
    {
        await _store.SaveAsync(1, [Part("a", "old")]);
        FileStream? held = null;
        await Assert.ThrowsAsync<IOException>(() =>
            _store.SaveAsync(1, [Part("a", "new"), new("b", _ => held = File.OpenRead(Unfinished(1, "a")))]));
        Assert.Equal("old", await ReadAsync(1, "a"));
        Assert.True(Directory.Exists(_store.FolderOf(1)));
        held!.Dispose();
    }

    [LinuxFact]
    public void A_checkpoint_that_is_read_is_removed_when_the_next_one_is_saved()
    {
        TrainerOptions options = new()
        {
            MaxSteps = 3, BatchSize = 2, CheckpointEvery = 1, KeepCheckpoints = 1, KeepBest = false, CheckpointInBackground = false,
        };
        Stream? held = null;
        List<long[]> kept = [];
        FollowUp next = new(step =>
        {
            kept.Add([.. TinyRun.Saved(_store)]);
            if (step == 1) held = _store.OpenReadAsync(1, "model.safetensors").Result; // while step 2 is saved, not while step 3 is
            if (step == 2) held!.Dispose();
        });
        using TinyRun run = new(_folder, options, _store, callbacks: [next]);
        TrainingResult result = run.Trainer.Run();
        Assert.Equal(TrainingOutcome.Completed, result.Outcome);
        string warning = Assert.Single(result.Warnings);
        Assert.StartsWith("No longer kept, but not removed: the checkpoint of step 1. ", warning);
        Assert.Contains($"{_store.FolderOf(1)} cannot be renamed: another program has a file in it open", warning);
        Assert.Equal([[1], [1, 2], [3]], kept);
        Assert.Equal(["step-00000003"], Folders());
    }

    [LinuxFact]
    public void A_whole_run_that_nobody_disturbs_is_never_refused_anything()
    {
        string directory = _folder.File("run"), data = TokenFiles.Write(_folder, "ids.npy", TokenFiles.Walk(500, 40), 40);
        RunConfig config = RunConfig.Parse($$"""
            {
              "model": { "vocab_size": 40, "context_length": 16, "d_model": 32, "num_layers": 1, "num_heads": 4, "d_ff": 88 },
              "data": { "training": "{{data}}", "validation": "{{data}}" },
              "training": { "max_steps": 6, "batch_size": 2, "evaluate_every": 2, "checkpoint_every": 2, "keep_checkpoints": 1 }
            }
            """);
        using (TrainingRun run = TrainingRun.Create(directory, config)) Assert.Equal(TrainingOutcome.Completed, run.Train().Outcome);
        using (TrainingRun run = TrainingRun.Resume(directory, config.With("training.max_steps", "9"))) Assert.Empty(run.Train().Warnings);
        Assert.Equal(9, JsonLinesMetricSink.Read(new RunDirectory(directory).Metrics).Count);
        Assert.Equal(0, _windows.Refusals);
    }

    [LinuxFact]
    public void Metrics_are_read_while_they_grow_and_begun_anew_while_they_are_read()
    {
        string path = _folder.File("metrics.jsonl");
        using JsonLinesMetricSink sink = new(path);
        sink.Begin(0);
        foreach (long step in (long[])[1, 2, 3]) sink.Write(Metrics(step));
        using (IEnumerator<TrainingMetrics> reader = JsonLinesMetricSink.Enumerate(path).GetEnumerator())
        {
            Assert.True(reader.MoveNext());
            sink.Write(Metrics(4));
            sink.Begin(2);
            sink.Write(Metrics(3));
        }
        Assert.Equal([1, 2, 3], JsonLinesMetricSink.Read(path).Select(metrics => metrics.Step));
    }

    [LinuxFact]
    public void Metrics_that_another_program_keeps_open_are_a_warning_and_go_on_when_it_closes_them()
    {
        string path = _folder.File("metrics.jsonl");
        using (JsonLinesMetricSink earlier = new(path))
        {
            earlier.Begin(0);
            earlier.Write(Metrics(1));
        }
        FileStream held = File.OpenRead(path);
        using JsonLinesMetricSink sink = new(path);
        using TinyRun run = new(_folder, new TrainerOptions { MaxSteps = 4, BatchSize = 2 }, metrics: sink);
        run.OnProgress = metrics =>
        {
            if (metrics.Step == 2) held.Dispose();
        };
        TrainingResult result = run.Trainer.Run(run.Progress);
        Assert.All(result.Warnings, warning => Assert.Contains($"{path} cannot be replaced: another program has it open", warning));
        Assert.NotEmpty(result.Warnings);
        Assert.Equal([1, 3, 4], JsonLinesMetricSink.Read(path).Select(metrics => metrics.Step));
    }

    [LinuxFact]
    public void A_folder_in_which_no_run_began_goes_although_its_lock_was_open()
    {
        RunDirectory directory = new(_folder.File("run"));
        RunLock taken = RunLock.Take(directory);
        Assert.Throws<IOException>(() => RunLock.Take(directory));
        taken.Abandon();
        Assert.False(Directory.Exists(directory.Path));
        Assert.Equal(0, _windows.Refusals);
    }

    [LinuxFact]
    public void A_run_s_description_that_another_program_keeps_open_stays()
    {
        RunDirectory directory = new(_folder.File("run"));
        RunConfig config = RunConfig.Parse("""
            {
              "model": { "vocab_size": 40, "context_length": 16, "d_model": 32, "num_layers": 1, "num_heads": 4, "d_ff": 88 },
              "data": { "training": "ids.npy" }
            }
            """);
        directory.WriteConfig(config);
        string before = File.ReadAllText(directory.Config);
        using (File.OpenRead(directory.Config))
        {
            string message = Assert.Throws<IOException>(() => directory.WriteConfig(config.With("training.max_steps", "9"))).Message;
            Assert.StartsWith($"{directory.Config} cannot be replaced: another program has it open.", message);
        }
        Assert.Equal(before, File.ReadAllText(directory.Config));
        directory.WriteConfig(config.With("training.max_steps", "9"));
        Assert.NotEqual(before, File.ReadAllText(directory.Config));
        Assert.Equal([directory.Config], Directory.EnumerateFileSystemEntries(directory.Path));
    }

    private string Unfinished(long step, string part) => _folder.File($"checkpoints/.unfinished-step-{step:D8}/{part}");

    private IEnumerable<string> Folders() =>
        Directory.EnumerateFileSystemEntries(_folder.File("checkpoints")).Select(path => Path.GetFileName(path)!).Order();

    private static CheckpointFile Part(string name, string content) => new(name, stream => stream.Write(Encoding.UTF8.GetBytes(content)));

    private async Task<string> ReadAsync(long step, string part)
    {
        using StreamReader reader = new(await _store.OpenReadAsync(step, part));
        return await reader.ReadToEndAsync();
    }

    private static TrainingMetrics Metrics(long step) => new()
    {
        Step = step, TokensSeen = step, Elapsed = TimeSpan.FromSeconds(step),
        Loss = 1, LearningRate = 1, GradientNorm = 1, TokensPerSecond = 1,
    };

    /// <summary>Is told when a checkpoint has been written and the others removed.</summary>
    private sealed class FollowUp(Action<long> then) : ITrainingCallback
    {
        public void OnCheckpoint(long step) => then(step);
    }
}
