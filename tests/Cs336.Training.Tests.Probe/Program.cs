using System.Globalization;
using Cs336.Testing;
using Cs336.Training;

// A program for tests that kill a training or measure it, which needs a process of its own:
//
//   train FOLDER CONFIG   begins or goes on with a run; tells each step, checkpoint and warning
//   measure FOLDER CONFIG the same, and tells every so many steps what the process holds
//   starve FOLDER CONFIG  the same, until memory is denied after step 7; tells what the training ends with
switch (args)
{
    case ["train", string folder, string config]: Train(folder, config, new Teller()); break;
    case ["measure", string folder, string config]: Train(folder, config, new Meter()); break;
    case ["starve", string folder, string config]: TrainWithoutMemory(folder, config); break;
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

static void TrainWithoutMemory(string folder, string config)
{
    Starver starver = new(after: 7);
    try
    {
        Train(folder, config, starver);
    }
    catch (Exception exception)
    {
        starver.Release();
        Console.WriteLine($"ended with {exception.GetType().Name}");
    }
}

/// <summary>Takes all the memory that the process can get, after some step. A step takes many times what is left.</summary>
internal sealed class Starver(long after) : ITrainingCallback
{
    private MemoryHog? _hog;

    public void OnStep(TrainingMetrics metrics)
    {
        if (metrics.Step == after) _hog = new MemoryHog();
    }

    public void Release() => _hog?.Dispose();
}

/// <summary>Tells what happens in a line each.</summary>
internal sealed class Teller : ITrainingCallback
{
    public void OnBegin(long step) => Console.WriteLine($"begin {step}");

    public void OnStep(TrainingMetrics metrics) => Console.WriteLine($"step {metrics.Step}");

    public void OnCheckpoint(long step) => Console.WriteLine($"checkpoint {step}");
}

/// <summary>
/// Tells every so many steps, after a collection, tensors alive and the bytes of objects, of native code and in main memory.
/// </summary>
internal sealed class Meter : ITrainingCallback
{
    private const int Every = 500;

    public void OnStep(TrainingMetrics metrics)
    {
        if (metrics.Step % Every != Every * 3 / 4) return; // after the first checkpoint, and not while one is being written
        MemoryUse use = MemoryUse.Now();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"memory {metrics.Step} {use.Tensors} {use.Managed} {use.Native} {use.Resident}"));
    }
}
