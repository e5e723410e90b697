using System.Text.Json.Nodes;

namespace Cs336.Training.Tests;

public sealed class KillTests : IDisposable
{
    private const string KillsVariable = "CS336_KILLS";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_that_is_killed_and_resumed_is_equal_bit_for_bit_to_one_that_never_stopped()
    {
        string config = Config("""{ "max_steps": 200, "checkpoint_every": 100, "evaluate_every": 40, "keep_best": false }""");
        string whole = _folder.File("whole"), cut = _folder.File("cut");
        using (Probe probe = new("train", whole, config)) probe.Finish();
        using (Probe probe = new("train", cut, config))
        {
            Assert.NotNull(probe.WaitFor(line => line == "checkpoint 100"));
            probe.Kill();
        }
        Assert.NotEqual(200, JsonLinesMetricSink.Read(Path.Combine(cut, "metrics.jsonl"))[^1].Step);
        using (Probe probe = new("train", cut, config))
        {
            probe.Finish();
            Assert.Equal("begin 100", probe.Lines[0]);
        }
        AssertEqualTensors(whole, cut, 200);
        Assert.Equal(State(whole, 200).ToJsonString(), State(cut, 200).ToJsonString());
        Assert.Equal(Metrics(whole), Metrics(cut));
    }

    [Fact]
    public void Killed_at_random_moments_a_run_always_goes_on_from_a_whole_checkpoint()
    {
        // A few at every test run; the whole proof of 50 takes about two minutes.
        int kills = int.Parse(Environment.GetEnvironmentVariable(KillsVariable) ?? "3");
        int seed = Random.Shared.Next();
        Random random = new(seed);
        string folder = _folder.File("killed");
        // Saved every other step, so that most kills come in the middle of writing.
        const string Often = """{ "max_steps": MAX, "checkpoint_every": 2, "evaluate_every": 1000, "keep_checkpoints": 2 }""";
        string config = Config(Often.Replace("MAX", "1000000"));
        long newest = 0;
        for (int i = 0; i < kills; i++)
        {
            using Probe probe = new("train", folder, config);
            string? begun = probe.WaitFor(line => line.StartsWith("begin ", StringComparison.Ordinal));
            Assert.True(begun == $"begin {newest}", $"kill {i}, seed {seed}: {begun}, but the newest whole checkpoint was {newest}; "
                + $"{string.Join("; ", probe.Lines)}");
            Assert.DoesNotContain(probe.Lines, line => line.StartsWith("warning", StringComparison.Ordinal));
            int steps = random.Next(1, 20);
            Assert.NotNull(probe.WaitFor(line => line.StartsWith("step ", StringComparison.Ordinal) && --steps == 0));
            // A run that was killed before its first checkpoint begins anew, and says so.
            if (newest == 0) Assert.NotNull(probe.WaitFor(line => line.StartsWith("checkpoint ", StringComparison.Ordinal)));
            Thread.Sleep(random.Next(30)); // anywhere within the steps and saves that follow
            probe.Kill();
            CheckpointFinding found = CheckpointReader.FindNewest(new RunDirectory(folder).OpenCheckpoints());
            Assert.Empty(found.Warnings);
            Assert.True((found.Step ?? 0) >= newest, $"kill {i}, seed {seed}: the newest whole checkpoint fell from {newest} to "
                + $"{found.Step}");
            newest = found.Step ?? 0;
        }
        Assert.True(newest > 0, $"seed {seed}: no checkpoint was ever written");

        string whole = _folder.File("whole");
        using (Probe probe = new("train", whole, Config(Often.Replace("MAX", $"{newest}")))) probe.Finish();
        AssertEqualTensors(whole, folder, newest);
        Assert.Equal(State(whole, newest)["sampler"]!.ToJsonString(), State(folder, newest)["sampler"]!.ToJsonString());
    }

    [Fact]
    public void No_step_stands_twice_in_any_file_after_kills_before_and_after_the_first_checkpoint()
    {
        string folder = _folder.File("killed");
        string config = Config("""{ "max_steps": 300, "checkpoint_every": 100, "evaluate_every": 1000 }""");
        // Three times before anything was kept.
        foreach (string until in (string[])["step 5", "step 7", "step 3", "checkpoint 100", "step "])
        {
            using Probe probe = new("train", folder, config);
            Assert.NotNull(probe.WaitFor(line => line.StartsWith(until, StringComparison.Ordinal)));
            probe.Kill();
        }
        using (Probe probe = new("train", folder, config)) probe.Finish();
        IEnumerable<long> all = Enumerable.Range(1, 300).Select(step => (long)step);
        Assert.Equal(all, JsonLinesMetricSink.Read(Path.Combine(folder, "metrics.jsonl")).Select(metrics => metrics.Step));

        // TensorBoard reads the files in the order of their names, and forgets at a restart the steps from there on.
        List<long> steps = [];
        foreach (string path in Directory.EnumerateFiles(folder, "events.out.tfevents.*").Order(StringComparer.Ordinal))
        {
            foreach (ReadEvent item in EventFileReader.Read(path))
            {
                if (item.IsRestart) steps.RemoveAll(step => step >= item.Step);
                if (item.Scalars.ContainsKey("train/loss")) steps.Add(item.Step);
            }
        }
        Assert.Equal(all, steps);
    }

    private static void AssertEqualTensors(string expected, string actual, long step)
    {
        // Not libtorch's own generator: nothing draws from it, and TorchSharp seeds it anew in every process.
        foreach (string file in (string[])["model.safetensors", "optimizer.safetensors", "config.json"])
            Assert.True(File.ReadAllBytes(FileOf(expected, step, file)).AsSpan()
                .SequenceEqual(File.ReadAllBytes(FileOf(actual, step, file))), $"{file} of step {step} differs");
    }

    private static JsonObject State(string folder, long step)
    {
        JsonObject state = (JsonObject)JsonNode.Parse(File.ReadAllText(FileOf(folder, step, "trainer.json")))!;
        Assert.True(state.Remove("elapsed_seconds")); // by the clock
        return state;
    }

    private static string FileOf(string folder, long step, string file) =>
        Path.Combine(new FileCheckpointStore(Path.Combine(folder, "checkpoints")).FolderOf(step), file);

    /// <summary>The lines of metrics as they were written, but for the two values that the clock gives.</summary>
    private static string[] Metrics(string folder) => [.. File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(line =>
    {
        JsonObject metrics = (JsonObject)JsonNode.Parse(line)!;
        Assert.True(metrics.Remove("tokens_per_second") && metrics.Remove("elapsed_seconds"));
        return metrics.ToJsonString();
    })];

    private string Config(string training)
    {
        string data = TokenFiles.Write(_folder, "walk.npy", TokenFiles.Walk(3_000, 40), 40),
            more = TokenFiles.Write(_folder, "more.npy", TokenFiles.Walk(2_000, 40, seed: 2), 40);
        RunConfig config = RunConfig.Parse($$"""
            {
              "model": { "vocab_size": 40, "context_length": 16, "d_model": 32, "num_layers": 2, "num_heads": 4, "d_ff": 88 },
              "optimizer": { "schedule": "constant", "warmup_steps": 0 },
              "training": { "batch_size": 4, "accumulation_steps": 3, "read_ahead": 2, "sampling": "epochs", "max_loss_spike": 50, "on_divergence": "skip" },
              "data": { "training": [{ "path": "{{data}}", "weight": 2 }, { "path": "{{more}}", "weight": 1 }] }
            }
            """);
        return _folder.Write("config.json", config.Merge($$"""{ "training": {{training}} }""").ToJson());
    }
}
