using System.Globalization;

namespace Cs336.Training.Tests;

public sealed class MemoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [LongFact("trains for 15,000 steps, a minute or more")]
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
        // The runtime compiles what runs often anew, in the background and for thousands of steps; that takes megabytes in which a
        // leak would hide.
        using Probe probe = new("measure", _folder.File("run"), config, ("DOTNET_TieredCompilation", "0"));
        probe.Finish();
        long[][] points = [.. probe.Lines.Where(line => line.StartsWith("memory ", StringComparison.Ordinal))
            .Select(line => line.Split(' ').Skip(1).Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray())];
        Assert.Equal(30, points.Length);
        Assert.Single(points.Select(point => point[1]).Distinct()); // tensors
        long[][] settled = points[10..]; // the heaps find their size over the first steps
        foreach ((string name, int column) in new[] { ("The managed heap", 2), ("What native code holds", 3), ("Resident memory", 4) })
        {
            double slope = Slope([.. settled.Select(point => ((double)point[0], (double)point[column]))]);
            // Less than the least block of a tensor's elements, and more than the few hundred KiB that a run takes in one go or two.
            Assert.True(slope < 50, $"{name} grows by {slope:0.#} bytes a step: "
                + $"{string.Join("; ", points.Select(point => string.Join(' ', point)))}");
        }
    }

    /// <summary>Of the line of least squares.</summary>
    private static double Slope((double X, double Y)[] points)
    {
        double meanX = points.Average(point => point.X), meanY = points.Average(point => point.Y);
        return points.Sum(point => (point.X - meanX) * (point.Y - meanY)) / points.Sum(point => (point.X - meanX) * (point.X - meanX));
    }
}
