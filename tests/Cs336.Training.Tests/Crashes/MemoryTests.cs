using System.Globalization;

namespace Cs336.Training.Tests;

public sealed class MemoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [LongFact("trains for 15,000 steps, some minutes")]
    public void Ten_thousand_steps_take_no_memory()
    {
        string data = TokenFiles.Write(_folder, "walk.npy", TokenFiles.Walk(30_000, 40), 40);
        string config = _folder.Write("config.json", $$"""
            {
              "model": { "vocab_size": 40, "context_length": 16, "d_model": 32, "num_layers": 2, "num_heads": 4, "d_ff": 88 },
              "training": { "max_steps": 15000, "batch_size": 4, "accumulation_steps": 2, "evaluate_every": 500, "checkpoint_every": 250, "evaluation_tokens": 512 },
              "data": { "training": "{{data}}" }
            }
            """);
        // The runtime compiles what runs often anew, in the background and for thousands of steps; that takes megabytes in which a leak would hide.
        using Probe probe = new("measure", _folder.File("run"), config, ("DOTNET_TieredCompilation", "0"));
        probe.Finish();
        (double Step, double KiB, long Tensors)[] points = [.. probe.Lines.Where(line => line.StartsWith("memory ", StringComparison.Ordinal)).Select(line => line.Split(' '))
            .Select(parts => (double.Parse(parts[1], CultureInfo.InvariantCulture), double.Parse(parts[2], CultureInfo.InvariantCulture), long.Parse(parts[3], CultureInfo.InvariantCulture)))];
        Assert.Equal(30, points.Length);
        Assert.Single(points.Select(point => point.Tensors).Distinct());
        (double Step, double KiB, long Tensors)[] settled = points[9..]; // the heaps find their size over the first steps
        double meanStep = settled.Average(point => point.Step), mean = settled.Average(point => point.KiB);
        double slope = 1024 * settled.Sum(point => (point.Step - meanStep) * (point.KiB - mean)) / settled.Sum(point => (point.Step - meanStep) * (point.Step - meanStep));
        // Less than the least block of a tensor's elements, and more than the few hundred KiB that a run takes in one go or two.
        Assert.True(slope < 50, $"Resident memory grows by {slope:0.#} bytes a step: {string.Join("; ", points)}");
    }
}
