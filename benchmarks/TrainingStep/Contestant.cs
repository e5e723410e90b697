using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Cs336.Benchmarks.TrainingStep;

/// <summary>One way to train, run in a process of its own so that its memory can be told.</summary>
internal sealed record Contestant(
    string Name, string Program, IReadOnlyList<string> Arguments, double LossTolerance, bool UpdatesAlike = true)
{
    public static IReadOnlyList<Contestant> All(string python, Workload workload)
    {
        string self = Environment.ProcessPath!;
        List<Contestant> all =
        [
            new("PyTorch, plain", python, [Path.Combine(AppContext.BaseDirectory, "plain_torch.py"), workload.Name], 1e-4),
            new("Cs336, float32", self, ["worker", Worker.Float32, workload.Name], 1e-4),
            new("Cs336, float32, Muon", self, ["worker", Worker.Muon, workload.Name], 1e-4, UpdatesAlike: false),
            new("Cs336, bfloat16", self, ["worker", Worker.BFloat16, workload.Name], 1e-2),
        ];
        // The scores of long windows, written out, are more than such a machine has memory for.
        if (workload.Config.ContextLength <= 512)
            all.Insert(1, new("Cs336, explicit", self, ["worker", Worker.Explicit, workload.Name], 1e-4));
        return all;
    }

    /// <summary>Runs some steps; the first is there to warm up.</summary>
    /// <exception cref="InvalidOperationException">The process failed; the message holds what it said.</exception>
    public WorkerResult Run(string weights, int batchSize, int steps)
    {
        ProcessStartInfo start = new(Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[.. Arguments, weights, Text(batchSize), Text(steps)]) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{Name} ended with code {process.ExitCode}: {errors.Result}");
        return JsonSerializer.Deserialize(output, WorkerJson.Default.WorkerResult)!;
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
