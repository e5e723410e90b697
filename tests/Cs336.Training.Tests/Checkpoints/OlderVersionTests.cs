using Cs336.Inference;
using Cs336.Transformer;

namespace Cs336.Training.Tests;

/// <summary>Checkpoints as earlier versions of the library wrote them, at step 6 of 12.</summary>
public sealed class OlderVersionTests : IDisposable
{
    // What those versions went on to from there: random windows, epochs.
    private static readonly double[][] LossesAfterwards =
    [
        [2.645853281021118, 2.5214731693267822, 2.5806705951690674, 2.448291540145874, 2.2980897426605225, 2.5900797843933105],
        [2.545253903325438, 2.561351194046463, 2.4461494078833748, 2.3481020777070705, 2.4766019346094814, 2.429425358533262],
    ];

    private static readonly double[] LossesInTheEnd = [2.330633742468698, 2.307874189382079];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_run_of_an_older_format_goes_on_as_it_would_have(int version)
    {
        FileCheckpointStore store = new(Copy($"checkpoint-v{version}"));
        Assert.Equal(6, CheckpointReader.FindBest(store).Step);
        TransformerConfig config = new() { VocabSize = 16, ContextLength = 8, DModel = 8, NumLayers = 1, NumHeads = 2, DFf = 16,
            InitSeed = 1 };
        (TokenDataset training, TokenDataset validation) = TokenDataset.OpenSplit(
            TokenFiles.Write(_folder, "walk.npy", TokenFiles.Walk(600, 16), 16), 0.1);
        using TrainingData data = new() { Training = training, Validation = validation };
        using TransformerLM model = new(config);
        using AdamW optimizer = new(NamedParameter.Of(model));
        string path = _folder.File("metrics.jsonl");
        using JsonLinesMetricSink metrics = new(path);
        TrainerOptions options = new() { MaxSteps = 12, BatchSize = 4, EvaluateEvery = 3, CheckpointEvery = 6, KeepCheckpoints = 10,
            Seed = 3, Sampling = version == 1 ? WindowSampling.Random : WindowSampling.Epochs };
        Trainer trainer = new(model, optimizer, new WarmupCosineSchedule(1e-2, 1e-3, 2, 12), data, options, store, metrics);
        ResumeResult resumed = trainer.Resume();
        Assert.Equal(6, resumed.Step);
        // Version 2 was written on some other.
        Assert.DoesNotContain(resumed.Warnings, warning => !warning.Contains("another kind of processor", StringComparison.Ordinal));
        TrainingResult result = trainer.Run();
        IReadOnlyList<TrainingMetrics> lines = JsonLinesMetricSink.Read(path);
        Assert.Equal([7, 8, 9, 10, 11, 12], lines.Select(line => line.Step));
        // The same batches; sums are rounded otherwise by now.
        foreach ((double expected, TrainingMetrics line) in LossesAfterwards[version - 1].Zip(lines))
            Assert.Equal(expected, line.Loss, 1e-4);
        Assert.Equal(LossesInTheEnd[version - 1], result.Evaluation!.Value.Loss, 1e-4);
        Assert.Equal(12 * 4 * 8, lines[^1].TokensSeen);
    }

    [Fact]
    public void A_format_of_the_future_is_refused_by_its_number()
    {
        string folder = Copy("checkpoint-v1"), manifest = Path.Combine(folder, "step-00000006", "manifest.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"format_version\":1", "\"format_version\":4",
            StringComparison.Ordinal));
        CheckpointFinding found = CheckpointReader.FindNewest(new FileCheckpointStore(folder));
        Assert.Equal("The checkpoint of step 6 is not used: its format version is 4, this library reads 1 to 3.",
            Assert.Single(found.Warnings));
    }

    private string Copy(string fixture)
    {
        string from = Path.Combine(AppContext.BaseDirectory, "Fixtures", fixture, "step-00000006"), to = _folder.File("checkpoints");
        Directory.CreateDirectory(Path.Combine(to, "step-00000006"));
        foreach (string file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, "step-00000006", Path.GetFileName(file)));
        return to;
    }
}
