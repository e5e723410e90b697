using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Cs336.Training;
using static TorchSharp.torch;

namespace Cs336.Cli;

/// <summary>
/// A set of runs that differ from one configuration in some keys, computed run by run into folders that can be gone on with.
/// </summary>
/// <param name="baseline">What all runs have in common.</param>
/// <param name="configOf">The configuration of a run: the common one and the run's settings.</param>
internal sealed class RunSet(RunConfig baseline, Func<ExperimentSettings, RunConfig> configOf)
{
    /// <summary>Computes what is not done yet.</summary>
    /// <returns>The results in order; those of runs that were not begun are missing.</returns>
    public IReadOnlyList<ExperimentResult> Run(ParseResult parsed, Terminal terminal, IReadOnlyList<ExperimentSettings> runs,
        CancellationToken stopping)
    {
        foreach (ExperimentSettings settings in runs) Check(settings);
        ComputeDevice.Of(parsed);
        int jobs = Math.Min(parsed.GetValue(ExperimentCommandOptions.Jobs) ?? Environment.ProcessorCount, runs.Count);
        int threads = Math.Max(1, Environment.ProcessorCount / Math.Max(1, jobs));
        ExperimentOptions options = new()
        {
            Jobs = jobs,
            MaxLossRise = parsed.GetValue(ExperimentCommandOptions.MaxLossRise),
            // So that another experiment does not go on in this folder.
            Common = new ExperimentSettings([new("baseline", Fingerprint(baseline))]),
        };
        Experiment experiment = new(parsed.GetRequiredValue(ExperimentCommandOptions.Output), run => Train(run, parsed, threads), options);
        return terminal.Work("runs", display => experiment.Run(runs, new Progress(display, runs.Count), stopping));
    }

    private void Train(ExperimentRun run, ParseResult parsed, int threads)
    {
        set_num_threads(threads); // of this thread: jobs share the cores, and a result does not depend on what else is computed
        RunConfig config = ComputeDevice.Over(parsed, configOf(run.Settings));
        TrainingRunOptions options = new() { Sinks = [new Borrowed(run.Watch)] };
        bool goesOn = new RunDirectory(run.Folder).HoldsRun;
        using TrainingRun training = goesOn ? TrainingRun.Resume(run.Folder, config, options)
            : TrainingRun.Create(run.Folder, config, options);
        MachineDescription.Write(run.Folder, config.Compute.Device);
        training.Train(cancellationToken: run.CancellationToken);
    }

    /// <summary>Every run's configuration is looked at before the first begins.</summary>
    private void Check(ExperimentSettings settings)
    {
        IReadOnlyList<string> problems = configOf(settings).FindProblems();
        if (problems.Count > 0)
            throw new InvalidDataException($"The run {settings.Name} is not "
                + $"sound:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}");
    }

    /// <summary>A configuration with one setting laid over it; <c>seed</c> is that of the weights and of the batches.</summary>
    public static RunConfig Apply(RunConfig config, string key, object value)
    {
        string json = JsonValue.Create(value)?.ToJsonString() ?? "null";
        return key == RunRecord.SeedKey ? config.With("training.seed", json).With("model.init_seed", json) : config.With(key, json);
    }

    private static string Fingerprint(RunConfig config) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(config.ToJson())))[..12];

    private sealed class Progress(IWorkDisplay display, int total) : IProgress<ExperimentResult>
    {
        private int _done;

        public void Report(ExperimentResult value)
        {
            _done++;
            string loss = value.FinalValidationLoss is double nats ? $", validation loss {Units.Number(nats, "0.000")}" : "";
            display.Report((double)_done / total, $"{_done} of {total}: {value.Name} {value.Outcome.ToString().ToLowerInvariant()}{loss}",
                milestone: true);
        }
    }

    /// <summary>The experiment's sink, which is not the run's to dispose of.</summary>
    private sealed class Borrowed(IMetricSink sink) : IMetricSink
    {
        public void Begin(long step) => sink.Begin(step);

        public void Write(TrainingMetrics metrics) => sink.Write(metrics);
    }
}
