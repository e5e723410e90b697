using System.Globalization;

namespace Cs336.Training.Tests;

public sealed class MemoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [LongFact("trains for 30,000 steps, some minutes")]
    public void Ten_thousand_steps_take_no_memory_once_the_heaps_have_settled()
    {
        string data = TokenFiles.Write(_folder, "walk.npy", TokenFiles.Walk(30_000, 40), 40);
        string config = _folder.Write("config.json", $$"""
            {
              "model": { "vocab_size": 40, "context_length": 16, "d_model": 32, "num_layers": 2, "num_heads": 4, "d_ff": 88 },
              "training": { "max_steps": 30000, "batch_size": 4, "accumulation_steps": 2, "evaluate_every": 500, "checkpoint_every": 250, "evaluation_tokens": 512 },
              "data": { "training": "{{data}}" }
            }
            """);
        using Probe probe = new("measure", _folder.File("run"), config);
        probe.Finish();
        (double Step, double KiB, long Tensors)[] points = [.. probe.Lines.Where(line => line.StartsWith("memory ", StringComparison.Ordinal)).Select(line => line.Split(' '))
            .Select(parts => (double.Parse(parts[1], CultureInfo.InvariantCulture), double.Parse(parts[2], CultureInfo.InvariantCulture), long.Parse(parts[3], CultureInfo.InvariantCulture)))];
        Assert.Equal(60, points.Length);
        Assert.Single(points.Select(point => point.Tensors).Distinct());
        // Over the first steps code is compiled, and the heaps grow by some megabytes until they have found their size.
        (double Step, double KiB, long Tensors)[] settled = points[40..];
        double meanStep = settled.Average(point => point.Step), mean = settled.Average(point => point.KiB);
        double slope = settled.Sum(point => (point.Step - meanStep) * (point.KiB - mean)) / settled.Sum(point => (point.Step - meanStep) * (point.Step - meanStep));
        Assert.True(slope < 0.1, $"Resident memory grows by {slope:0.###} KiB a step: {string.Join("; ", points)}");
    }
}
