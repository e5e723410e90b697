using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cs336.Testing;

namespace Cs336.Training.Tests;

/// <summary>
/// Everything of this package that reads files, given damaged ones: see <see cref="FuzzRun"/>. Checkpoints are given manifests that
/// vouch for the damage.
/// </summary>
public sealed class FileFuzzTests : IDisposable
{
    private const string Project = "Cs336.Training.Tests";
    private const long Step = 4;
    private static readonly TrainerOptions Training = new() { MaxSteps = Step, BatchSize = 2, EvaluateEvery = 2, EvaluationTokens = 32,
        CheckpointInBackground = false };
    private readonly TemporaryFolder _folder = new(), _scratch = new();
    private readonly RunDirectory _run, _epochs, _metrics;
    private readonly FuzzTarget[] _targets;

    public FileFuzzTests()
    {
        string data = TokenFiles.Write(_folder, "walk.npy", TokenFiles.Walk(300, 40), 40);
        byte[] config = Train("run", data, WindowSampling.Random), epochs = Train("epochs", data, WindowSampling.Epochs);
        (_run, _epochs, _metrics) = (new RunDirectory(_folder.File("run")), new RunDirectory(_folder.File("epochs")),
            new RunDirectory(_folder.File("metrics")));
        Directory.CreateDirectory(_metrics.Path);
        byte[] result = JsonSerializer.SerializeToUtf8Bytes(
            new ExperimentResult { Name = "lr=1,seed=2", Settings =
                new([new("lr", 0.1), new("seed", 2L), new("norm", "pre"), new("tied", true)]), Outcome = ExperimentOutcome.Failed,
                Message = "why", FinalLoss = 2.5 },
            ExperimentJson.Default.ExperimentResult);
        _targets =
        [
            new("config", [config, epochs], bytes => ReadConfig(Text(bytes)), typeof(InvalidDataException)),
            new(
                "override",
                [
                    config,
                    """{"model":{"d_model":32},"data":{"training":["a",{"path":"b","weight":2}],"validation":null}}"""u8.ToArray(),
                ],
                bytes => Override(Text(bytes)), typeof(InvalidDataException)),
            new("set", ["optimizer.max_lr=1e-3"u8.ToArray(), "data.training=[\"a\",\"b\"]"u8.ToArray(),
                "samples.prompts=[\"a\"]"u8.ToArray()], bytes => Set(Text(bytes)), typeof(InvalidDataException), typeof(ArgumentException)),
            new("run", [config], ReadRun, typeof(InvalidDataException)),
            new("manifest", [FileOf(_run, "manifest.json"), "{\"format_version\":2,\"step\":4,\"parts\":{}}"u8.ToArray()],
                bytes => ReadCheckpoint(_run, "manifest.json", bytes), typeof(InvalidDataException)) { Repair = Seal },
            new("state", [FileOf(_run, "trainer.json")], bytes => ReadCheckpoint(_run, "trainer.json", bytes),
                typeof(InvalidDataException)),
            new("state-of-epochs", [FileOf(_epochs, "trainer.json")], bytes => ReadCheckpoint(_epochs, "trainer.json", bytes),
                typeof(InvalidDataException)),
            new("random", [FileOf(_run, "torch-random.bin")], bytes => ReadCheckpoint(_run, "torch-random.bin", bytes),
                typeof(InvalidDataException)),
            new("model-config", [FileOf(_run, "config.json")], bytes => ReadCheckpoint(_run, "config.json", bytes),
                typeof(InvalidDataException)),
            new("weights", [FileOf(_run, "model.safetensors")], bytes => ReadCheckpoint(_run, "model.safetensors", bytes),
                typeof(InvalidDataException)),
            new("optimizer", [FileOf(_run, "optimizer.safetensors")], bytes => ReadCheckpoint(_run, "optimizer.safetensors", bytes),
                typeof(InvalidDataException)),
            new("metrics", [File.ReadAllBytes(_run.Metrics)], ReadMetrics, typeof(InvalidDataException)),
            new("result", [result], ReadResult, typeof(InvalidDataException)),
        ];
    }

    public static TheoryData<string> Targets =>
        ["config", "override", "set", "run", "manifest", "state", "state-of-epochs", "random", "model-config", "weights", "optimizer",
        "metrics", "result"];

    public static TheoryData<string> Findings => FuzzRun.Findings(Project);

    public void Dispose()
    {
        _folder.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public Task Damaged_files_are_read_or_refused_as_documented(string target) => FuzzRun.Of(_targets.Single(item => item.Name == target));

    [Theory]
    [MemberData(nameof(Findings))]
    public void What_was_found_stays_mended(string finding) => FuzzRun.Repeat(Project, finding, _targets);

    /// <summary>A run of a few steps; gives its configuration.</summary>
    private byte[] Train(string name, string data, WindowSampling sampling)
    {
        RunConfig config = RunConfig.Parse($$"""{ "model": { "vocab_size": 40, "context_length": 8, "d_model": 8, "num_layers": 1, "num_heads": 2, "d_ff": 16 }, "data": { "training": {{JsonSerializer.Serialize(data)}} } }""");
        config.Training = Training with { Sampling = sampling };
        using (TrainingRun run = TrainingRun.Create(_folder.File(name), config)) run.Train();
        return File.ReadAllBytes(new RunDirectory(_folder.File(name)).Config);
    }

    private static byte[] FileOf(RunDirectory run, string file) =>
        File.ReadAllBytes(Path.Combine(run.OpenCheckpoints().FolderOf(Step), file));

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);

    /// <summary>What was read can be looked at and written, and is then read as the same.</summary>
    private static void ReadConfig(string json)
    {
        RunConfig config = RunConfig.Parse(json);
        _ = config.FindProblems();
        string written = config.ToJson();
        Assert.Equal(written, RunConfig.Parse(written).ToJson());
    }

    private static void Override(string patch) => ReadConfig(new RunConfig { Data = new() { Training = ["a.npy"] } }.Merge(patch).ToJson());

    private static void Set(string assignment)
    {
        string[] sides = assignment.Split('=', 2);
        ReadConfig(new RunConfig { Data = new() { Training = ["a.npy"] } }.With(sides[0], sides[^1]).ToJson());
    }

    /// <summary>A run's folder with another configuration, as it is gone on with.</summary>
    private void ReadRun(byte[] config)
    {
        byte[] before = File.ReadAllBytes(_run.Config);
        File.WriteAllBytes(_run.Config, config);
        try
        {
            _run.FindTokenizer();
            Resume(_run);
        }
        finally
        {
            File.WriteAllBytes(_run.Config, before);
        }
    }

    /// <summary>A run's folder whose checkpoint holds another file, which its manifest says is right.</summary>
    private static void ReadCheckpoint(RunDirectory run, string file, byte[] content)
    {
        FileCheckpointStore store = run.OpenCheckpoints();
        string path = Path.Combine(store.FolderOf(Step), file), manifest = Path.Combine(store.FolderOf(Step), CheckpointManifest.Name);
        byte[] before = File.ReadAllBytes(path), manifestBefore = File.ReadAllBytes(manifest);
        File.WriteAllBytes(path, content);
        if (file != CheckpointManifest.Name) File.WriteAllBytes(manifest, Vouch(manifestBefore, file, content));
        try
        {
            _ = CheckpointReader.FindNewest(store);
            ReadEach(
                () => _ = CheckpointReader.FindBest(store),
                () => run.FindModel([]),
                () => SavedModel.LoadNewest(store).Dispose(),
                () => Resume(run));
        }
        finally
        {
            File.WriteAllBytes(path, before);
            File.WriteAllBytes(manifest, manifestBefore);
        }
    }

    /// <summary>One that refuses keeps none of the others from reading.</summary>
    private static void ReadEach(params Action[] reads)
    {
        InvalidDataException? refused = null;
        foreach (Action read in reads)
        {
            try
            {
                read();
            }
            catch (InvalidDataException exception)
            {
                refused = exception;
            }
        }
        if (refused is not null) throw refused;
    }

    private static void Resume(RunDirectory directory)
    {
        using TrainingRun run = TrainingRun.Resume(directory.Path);
        if (run.Config.TotalSteps == Step) run.Train();
    }

    private void ReadMetrics(byte[] bytes)
    {
        File.WriteAllBytes(_metrics.Metrics, bytes);
        List<string> warnings = [];
        int whole = JsonLinesMetricSink.Read(_metrics.Metrics, warnings).Count;
        using (JsonLinesMetricSink sink = new(_metrics.Metrics)) sink.Begin(3);
        Assert.True(JsonLinesMetricSink.Read(_metrics.Metrics, warnings).Count <= whole);
        JsonLinesMetricSink.Read(_metrics.Metrics);
    }

    private void ReadResult(byte[] bytes)
    {
        Directory.CreateDirectory(_scratch.File("one"));
        File.WriteAllBytes(_scratch.File("one/run.json"), bytes);
        foreach (ExperimentResult result in Experiment.Read(_scratch.Path)) result.Write();
        Experiment.Read(_scratch.Path);
    }

    private static byte[] Vouch(byte[] manifest, string file, byte[] content)
    {
        JsonObject json = JsonNode.Parse(manifest)!.AsObject();
        json["parts"]![file] = new JsonObject { ["bytes"] = content.Length,
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(content)) };
        return Seal(JsonSerializer.SerializeToUtf8Bytes(json));
    }

    /// <summary>The manifest with its own checksum; one that cannot be read stays as it is.</summary>
    private static byte[] Seal(byte[] manifest)
    {
        try
        {
            return JsonSerializer.Deserialize(manifest, CheckpointJson.Default.CheckpointManifest) is CheckpointManifest read
                ? JsonSerializer.SerializeToUtf8Bytes(read.Sealed(), CheckpointJson.Default.CheckpointManifest) : manifest;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return manifest;
        }
    }
}
