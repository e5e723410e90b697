using System.Globalization;
using System.Runtime.InteropServices;
using Cs336.Inference;
using Cs336.Training;
using Cs336.Training.Tests;

namespace Cs336.Distributed.Tests;

/// <summary>Runs of a small model in folders of their own, and what they are compared by.</summary>
public abstract class RankTest : IDisposable
{
    private protected TemporaryFolder Folder { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The file of a run's description.</summary>
    private protected string Config(string optimizer = "adamw", string training = """{ "max_steps": 50 }""")
    {
        string data = Folder.File("walk.npy");
        if (!File.Exists(data)) TokenFiles.Write(Folder, "walk.npy", TokenFiles.Walk(3_000, 40), 40);
        RunConfig config = RunConfig.Parse($$"""
            {
              "model": { "vocab_size": 40, "context_length": 16, "d_model": 32, "num_layers": 2, "num_heads": 4, "d_ff": 88,
                "init_seed": 1 },
              "optimizer": { "name": "{{optimizer}}", "max_lr": 1e-3, "schedule_steps": 50 },
              "training": { "batch_size": 8, "accumulation_steps": 2, "checkpoint_every": 10, "keep_checkpoints": 10,
                "evaluate_every": 20 },
              "data": { "training": "{{data}}", "validation": "{{data}}" }
            }
            """);
        return Folder.Write($"{Guid.NewGuid():N}.json", config.Merge($$"""{ "training": {{training}} }""").ToJson());
    }

    private protected string Run(string name) => Folder.File(name);

    private protected string FileOf(string run, long step, string file) =>
        Path.Combine(new RunDirectory(Run(run)).OpenCheckpoints().FolderOf(step), file);

    private protected void AssertEqualBits(string expected, string actual, long step)
    {
        foreach (string file in (string[])["model.safetensors", "optimizer.safetensors"])
            Assert.True(File.ReadAllBytes(FileOf(expected, step, file)).AsSpan()
                .SequenceEqual(
                    File.ReadAllBytes(FileOf(actual, step, file))), $"{file} of step {step} differs between {expected} and {actual}");
    }

    /// <summary>The largest difference of a tensor, by its norm.</summary>
    private protected double Difference(string expected, string actual, long step, string file = "model.safetensors")
    {
        Dictionary<string, float[]> first = Read(FileOf(expected, step, file)), second = Read(FileOf(actual, step, file));
        Assert.Equal(first.Keys.Order(), second.Keys.Order());
        return first.Max(item => Norm(item.Value.Zip(second[item.Key], (x, y) => (double)x - y)) / Norm(item.Value.Select(x => (double)x)));
    }

    /// <summary>The number in a place of each line.</summary>
    private protected static double[] Numbers(string[] lines, int place) =>
        [.. lines.Select(line => double.Parse(line.Split(' ')[place], CultureInfo.InvariantCulture))];

    private protected IReadOnlyList<long> Steps(string run) =>
        new RunDirectory(Run(run)).OpenCheckpoints().ListAsync().GetAwaiter().GetResult();

    private protected long? NewestWholeStep(string run)
    {
        CheckpointFinding found = CheckpointReader.FindNewest(new RunDirectory(Run(run)).OpenCheckpoints());
        Assert.Empty(found.Warnings);
        return found.Step;
    }

    private static Dictionary<string, float[]> Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        SafetensorsReader reader = new(file, path);
        Dictionary<string, float[]> tensors = [];
        while (reader.MoveNext() is SafetensorsEntry entry)
        {
            float[] values = new float[entry.ByteLength / sizeof(float)];
            reader.Read(MemoryMarshal.AsBytes(values.AsSpan()));
            tensors[entry.Name] = values;
        }
        return tensors;
    }

    private static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));
}
