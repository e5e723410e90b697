using Cs336.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Distributed.Tests.Probe;

/// <summary>Begins a run, or goes on with it.</summary>
internal static class Training
{
    public static int Run(string folder, string config, Mischief? mischief)
    {
        ICommunicator communicator = Communicators.Open();
        using RankGroup? ranks = communicator.Size > 1 ? new RankGroup(communicator) : null;
        if (mischief is not null) mischief.Communicator = communicator as MpiCommunicator;
        bool isFirst = ranks is null or { Rank: 0 };
        TrainingRunOptions options = new() { Ranks = ranks, Callbacks = isFirst ? [new Teller()] : [] };
        using TrainingRun run = isFirst && !new RunDirectory(folder).HoldsRun
            ? TrainingRun.Create(folder, RunConfig.Load(config), options) : TrainingRun.Resume(folder, options: options);
        if (mischief is not null) mischief.CheckpointStep = () =>
            new RunDirectory(folder).OpenCheckpoints().ListAsync().GetAwaiter().GetResult().DefaultIfEmpty(0).Max();
        if (mischief is not null && mischief.Rank == (ranks?.Rank ?? 0)) mischief.Model = run.Model;
        foreach (string warning in run.Resumed?.Warnings ?? []) Console.WriteLine($"warning {warning}");
        try
        {
            TrainingResult result = run.Train(mischief);
            if (isFirst) Console.WriteLine($"done {result.Step}");
            ranks?.Complete();
            return 0;
        }
        catch (TrainingDivergedException exception)
        {
            Console.Error.WriteLine($"rank {ranks?.Rank ?? 0} has diverged: {exception.Message}");
            return 3;
        }
    }
}

/// <summary>Tells what happens in a line each.</summary>
internal sealed class Teller : ITrainingCallback
{
    public void OnBegin(long step) => Console.WriteLine($"begin {step}");

    public void OnStep(TrainingMetrics metrics) => Console.WriteLine($"step {metrics.Step} {metrics.Loss:R} {metrics.GradientNorm:R}");

    public void OnEvaluation(long step, Evaluation evaluation) => Console.WriteLine($"validation {step} {evaluation.Loss:R}");

    public void OnCheckpoint(long step) => Console.WriteLine($"checkpoint {step}");
}

/// <summary>Does harm on one rank after a step.</summary>
internal sealed class Mischief(string what, int rank, long step) : IProgress<TrainingMetrics>
{
    /// <summary>As the tests' configurations have it.</summary>
    private const long CheckpointEvery = 10;

    public int Rank => rank;

    /// <summary>Waits less for a rank that hangs, from the step on: before it, ranks may take long to start.</summary>
    public MpiCommunicator? Communicator { get; set; }

    /// <summary>Set on the rank that is to be harmed.</summary>
    public Cs336.Transformer.TransformerLM? Model { get; set; }

    /// <summary>The step of the last checkpoint that is there; checkpoints are written while training goes on.</summary>
    public Func<long> CheckpointStep { get; set; } = () => 0;

    public void Report(TrainingMetrics value)
    {
        if (value.Step != step) return;
        if (what == "hang" && Communicator is not null) Communicator.Timeout = TimeSpan.FromSeconds(8);
        if (Model is null) return;
        // What is to be left after the harm must be there before it: the steps of a small model are faster than a busy disk.
        SpinWait.SpinUntil(() => CheckpointStep() >= step / CheckpointEvery * CheckpointEvery, TimeSpan.FromMinutes(1));
        Console.Error.WriteLine($"{what} on rank {rank} at {DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}");
        switch (what)
        {
            case "kill": System.Diagnostics.Process.GetCurrentProcess().Kill(); break;
            case "hang": Thread.Sleep(Timeout.Infinite); break;
            case "throw": throw new TrainingDivergedException("a watcher has seen enough");
            case "poison": Change(1.0000001); break;
            case "nan": Change(double.NaN); break;
            default: throw new ArgumentException($"unknown mischief {what}");
        }
    }

    private void Change(double factor)
    {
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Scalar scale = factor;
        Model!.HeadWeight.mul_(scale);
    }
}
