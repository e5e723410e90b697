using System.Globalization;
using Cs336.Training;
using TorchSharp;

// A program for tests that kill a training or measure it, which needs a process of its own:
//
//   train FOLDER CONFIG   begins or goes on with a run; tells each step, checkpoint and warning
//   measure FOLDER CONFIG the same, and tells resident memory and live tensors every so many steps
switch (args)
{
    case ["train", string folder, string config]: Train(folder, config, new Teller()); break;
    case ["measure", string folder, string config]: Train(folder, config, new Meter()); break;
    default: throw new ArgumentException($"unknown arguments {string.Join(' ', args)}");
}

static void Train(string folder, string config, ITrainingCallback callback)
{
    TrainingRunOptions options = new() { Callbacks = [callback] };
    using TrainingRun run = new RunDirectory(folder).HoldsRun
        ? TrainingRun.Resume(folder, options: options) : TrainingRun.Create(folder, RunConfig.Load(config), options);
    foreach (string warning in run.Resumed?.Warnings ?? []) Console.WriteLine($"warning {warning}");
    TrainingResult result = run.Train();
    Console.WriteLine($"done {result.Step}");
}

/// <summary>Tells what happens in a line each.</summary>
internal sealed class Teller : ITrainingCallback
{
    public void OnBegin(long step) => Console.WriteLine($"begin {step}");

    public void OnStep(TrainingMetrics metrics) => Console.WriteLine($"step {metrics.Step}");

    public void OnCheckpoint(long step) => Console.WriteLine($"checkpoint {step}");
}

/// <summary>Tells every so many steps, after a collection, the resident memory in KiB and the number of tensors alive.</summary>
internal sealed class Meter : ITrainingCallback
{
    private const int Every = 500;

    public void OnStep(TrainingMetrics metrics)
    {
        if (metrics.Step % Every != 0) return;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        string status = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        long kib = long.Parse(status.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
        Console.WriteLine($"memory {metrics.Step} {kib} {DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount}");
    }
}
