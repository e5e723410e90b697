using System.Globalization;
using Cs336.Testing;
using Cs336.Training;

// A program for tests that kill a training or measure it, which needs a process of its own:
//
//   train FOLDER CONFIG   begins or goes on with a run; tells each step, checkpoint and warning
//   measure FOLDER CONFIG the same, and tells every so many steps what the process holds
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

/// <summary>Tells every so many steps, after a collection, tensors alive and the bytes of objects, of native code and in main memory.</summary>
internal sealed class Meter : ITrainingCallback
{
    private const int Every = 500;

    public void OnStep(TrainingMetrics metrics)
    {
        if (metrics.Step % Every != Every * 3 / 4) return; // after the first checkpoint, and not while one is being written
        MemoryUse use = MemoryUse.Now();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"memory {metrics.Step} {use.Tensors} {use.Managed} {use.Native} {use.Resident}"));
    }
}
