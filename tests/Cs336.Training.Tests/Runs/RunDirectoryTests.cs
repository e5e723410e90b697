using System.Collections.Concurrent;
using Cs336.Inference;
using Cs336.Transformer;

namespace Cs336.Training.Tests;

public sealed class RunDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_many_that_ask_at_once_each_gets_a_numbered_folder_of_its_own()
    {
        string parent = _folder.File("runs");
        Directory.CreateDirectory(Path.Combine(parent, "story-7"));
        Directory.CreateDirectory(Path.Combine(parent, "story-x")); // somebody else's name
        ConcurrentBag<RunLock> taken = [];
        using Barrier together = new(8);
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(_ => new Thread(() =>
        {
            together.SignalAndWait();
            taken.Add(RunDirectory.CreateNumbered(parent, "story-"));
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.Equal(Enumerable.Range(8, 8).Select(number => $"story-{number}").Order(),
            taken.Select(item => Path.GetFileName(item.Directory.Path)).Order());
        foreach (RunLock item in taken) item.Dispose();
        Assert.Null(RunDirectory.FindNumbered(parent, "story-")); // none of them holds a run
        Directory.CreateDirectory(Path.Combine(parent, "story-9", "checkpoints"));
        Assert.Equal(Path.Combine(parent, "story-9"), RunDirectory.FindNumbered(parent, "story-")!.Path);
    }

    [Fact]
    public void Numbers_go_on_beyond_those_of_32_bits_and_a_longer_one_is_somebody_elses_name()
    {
        string parent = _folder.File("runs");
        Directory.CreateDirectory(Path.Combine(parent, "story-2147483647"));
        Directory.CreateDirectory(Path.Combine(parent, "story-9223372036854775807"));
        using RunLock taken = RunDirectory.CreateNumbered(parent, "story-");
        Assert.Equal("story-2147483648", Path.GetFileName(taken.Directory.Path));
    }

    [Fact]
    public void Who_has_a_folder_keeps_others_out_until_it_lets_go()
    {
        RunDirectory directory = new(_folder.File("run"));
        using (RunLock.Take(directory))
            Assert.Contains("is another one going on there?", Assert.Throws<IOException>(() => RunLock.Take(directory)).Message);
        RunLock.Take(directory).Dispose();
    }

    [Fact]
    public void What_is_abandoned_takes_back_what_it_made_and_nothing_else()
    {
        RunDirectory made = new(_folder.File("made")), theirs = new(_folder.File("theirs")), shared = new(_folder.File("shared"));
        using (RunLock taken = RunLock.Take(made))
        {
            File.WriteAllText(Path.Combine(made.Path, "corpus.txt"), "ours");
            taken.Abandon(Path.Combine(made.Path, "corpus.txt"), made.Tokenizer);
        }
        Assert.False(Directory.Exists(made.Path));

        Directory.CreateDirectory(theirs.Path); // the user's own empty folder
        RunLock.Take(theirs).Abandon();
        Assert.Empty(Directory.EnumerateFileSystemEntries(theirs.Path));

        using (RunLock taken = RunLock.Take(shared))
        {
            File.WriteAllText(Path.Combine(shared.Path, "note"), "put there meanwhile");
            taken.Abandon();
        }
        Assert.Equal(["note"], Directory.EnumerateFileSystemEntries(shared.Path).Select(path => Path.GetFileName(path)));
    }

    [Fact]
    public void A_lock_that_cannot_be_opened_is_named_with_what_to_do()
    {
        RunDirectory directory = new(_folder.File("run"));
        Directory.CreateDirectory(directory.Lock); // nobody can write to a folder as to a file, not even who may do all
        string message = Assert.Throws<IOException>(() => RunLock.Take(directory)).Message;
        Assert.StartsWith($"{directory.Lock}, which keeps other runs out of the folder, cannot be opened to be written: ", message);
        Assert.EndsWith("remove the file where no run is going on in the folder, or name another folder.", message);
    }

    [Fact]
    public void A_folder_that_is_taken_and_abandoned_at_once_by_many_is_never_had_by_two()
    {
        RunDirectory directory = new(_folder.File("run"));
        int holders = 0, taken = 0;
        ConcurrentBag<string> problems = [];
        long end = Environment.TickCount64 + 1_500;
        Thread[] threads = [.. Enumerable.Range(0, 6).Select(_ => new Thread(() =>
        {
            while (Environment.TickCount64 < end)
            {
                try
                {
                    RunLock held = RunLock.Take(directory);
                    if (Interlocked.Increment(ref holders) > 1) problems.Add("two had the folder");
                    Interlocked.Increment(ref taken);
                    Thread.Yield();
                    Interlocked.Decrement(ref holders);
                    held.Abandon();
                }
                catch (Exception exception) when (exception.Message.Contains("is another one going on there?"))
                {
                    // somebody has it
                }
                catch (Exception exception)
                {
                    problems.Add(exception.ToString());
                }
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.True(problems.IsEmpty, $"{problems.Count} of {taken}: {problems.FirstOrDefault()}");
        Assert.True(taken > 20, $"only {taken} took it");
    }

    [Fact]
    public void Files_of_the_run_are_named_from_its_folder_and_others_by_their_whole_path()
    {
        string folder = _folder.File("run"), moved = _folder.File("moved");
        Directory.CreateDirectory(folder);
        RunDirectory directory = new(folder);
        TokenFiles.Write(_folder, "run/tokens.npy", [1, 2, 3], 40);
        string elsewhere = TokenFiles.Write(_folder, "elsewhere.npy", [1, 2, 3], 40);
        directory.WriteConfig(new RunConfig { Model = TinyRun.Config,
            Data = new DataConfig { Training = [directory.Tokens, elsewhere],
            Validation = Path.Combine(folder, "sub", "..", "tokens.npy") } });
        Assert.Contains("\"tokens.npy\"", File.ReadAllText(directory.Config));
        Directory.Move(folder, moved);
        DataConfig data = new RunDirectory(moved).ReadConfig().Data;
        Assert.Equal([Path.Combine(moved, "tokens.npy"), elsewhere], data.Training.Select(file => file.Path));
        Assert.Equal(Path.Combine(moved, "tokens.npy"), data.Validation);
    }

    [Fact]
    public void A_folder_that_a_host_of_an_earlier_version_made_tells_what_it_can()
    {
        string folder = _folder.File("run");
        RunDirectory directory = new(folder);
        using (TinyRun run = new(_folder, new TrainerOptions { MaxSteps = 4, BatchSize = 3 }, directory.OpenCheckpoints()))
            run.Trainer.Run();
        File.Copy(_folder.File("walk.npy"), directory.Tokens);
        List<string> warnings = [];
        RunConfig config = directory.ReadConfig(warnings); // there is no config.json
        Assert.Equal((TinyRun.Config with { InitSeed = 1 }, 4L, 3), (config.Model, config.Training.MaxSteps, config.Training.BatchSize));
        Assert.Equal(directory.Tokens, Assert.Single(config.Data.Training).Path);
        Assert.Contains("made by an earlier version", Assert.Single(warnings));

        File.WriteAllText(directory.Config, TinyRun.Config.ToJson()); // as QuickStart did
        Assert.Equal(config.ToJson(), directory.ReadConfig().ToJson());
        using TrainingRun resumed = TrainingRun.Resume(folder, directory.ReadConfig() with { Optimizer =
            new OptimizerConfig { Name = OptimizerKind.AdamW } });
        Assert.Equal(4, resumed.Resumed!.Step);
        Assert.Equal(OptimizerKind.AdamW, RunConfig.Load(directory.Config).Optimizer.Name); // from now on it is a run's
    }

    [Fact]
    public void A_relative_path_of_an_earlier_version_is_taken_from_the_current_folder_with_a_warning()
    {
        string relative = Path.GetRandomFileName();
        File.WriteAllText(relative, "tokens");
        RunDirectory directory = new(_folder.File("run"));
        Directory.CreateDirectory(directory.Path);
        File.WriteAllText(directory.Config, new RunConfig { Model = TinyRun.Config,
            Data = new DataConfig { Training = [relative] } }.ToJson());
        List<string> warnings = [];
        Assert.Equal(Path.GetFullPath(relative), directory.ReadConfig(warnings).Data.Training[0].Path);
        File.Delete(relative);
        Assert.Contains($"names {relative}, which is not in the run's folder", Assert.Single(warnings));
    }

    [Fact]
    public void The_newest_and_the_best_model_are_found_and_their_absence_is_told()
    {
        RunDirectory directory = new(_folder.File("run"));
        Assert.Contains("has no checkpoint that is whole", Assert.Throws<InvalidDataException>(() => directory.FindModel([])).Message);
        using (TransformerLM model = new(TinyRun.Config))
            foreach (long step in (long[])[2, 4]) Checkpoint.Save(directory.OpenCheckpoints(), step, model, bestStep: 2);
        Assert.EndsWith("step-00000004", directory.FindModel([]));
        Assert.EndsWith("step-00000002", directory.FindModel([], best: true));
        using CpuLanguageModel managed = CpuLanguageModel.Load(directory.Path);
        Assert.Equal(TinyRun.Config, managed.Config);
        File.WriteAllText(Path.Combine(directory.Checkpoints, "step-00000004", "model.safetensors"), "torn");
        List<string> warnings = [];
        Assert.EndsWith("step-00000002", directory.FindModel(warnings));
        Assert.StartsWith("The checkpoint of step 4 is not used", Assert.Single(warnings));
    }
}
