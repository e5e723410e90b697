using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Charts;
using Cs336.Distributed;
using Cs336.Training;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Cli;

/// <summary>
/// <c>cs336 train</c>: one run, from its beginning or from where it stopped. Where a launcher has started several, they train together, and
/// the first is the one that reads the configuration and tells what happens.
/// </summary>
internal static class TrainCommand
{
    private const int MaxDepth = 128;

    private static readonly ConfigOptions Config = new();
    private static readonly Option<string> Output = Options.Required<string>("--output", "The run's folder", "RUN");
    private static readonly Option<string?> Init = Options.Optional<string?>("--init",
        "Begin with weights, shape and tokenizer of a model's folder, as import writes it, or of a run's: model.from", "FOLDER");
    private static readonly Option<int?> Depth = Options.Optional<int?>("--depth",
        "Number of layers, which sets width, heads, d_ff, batch, rate and steps; what --config and --set name goes over it", "N")
        .Within(1, MaxDepth);
    private static readonly Option<bool> Resume = Options.Optional<bool>("--resume",
        "Go on with the run in --output; with --config, begin it where there is none yet");
    private static readonly Option<bool> DryRun = Options.Optional<bool>("--dry-run",
        "Write nothing: show parameters, FLOPs, memory, tokens, and the time to expect after a few timed steps");

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("train", "Train a Transformer from a JSON configuration, into a folder that can be resumed",
            "cs336 train --config small.json --data stories.npy --output runs/small --set model.d_model=256 --set optimizer.max_lr=1e-3\n"
            + "cs336 train --config small.json --data stories.npy --output runs/small --config-override "
            + "'{\"training\":{\"max_steps\":500}}' --dry-run\n"
            + "cs336 train --depth 4 --data stories.npy --tokenizer tokenizer --output runs/deep --set training.max_steps=500 --dry-run\n"
            + "cs336 train --init model --data stories.npy --output runs/tuned --set optimizer.max_lr=2e-5 training.max_steps=300\n"
            + "cs336 train --output runs/small --resume");
        Config.AddTo(command);
        command.AddAll(Output, Init, Depth, Resume, DryRun, ComputeDevice.Option);
        command.SetAction((parsed, stopping) => Task.FromResult(Run(parsed, terminal, stopping)));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal, CancellationToken stopping)
    {
        string output = parsed.GetRequiredValue(Output);
        using RankGroup? ranks = parsed.GetValue(DryRun) ? null : RankGroup.OfLauncher();
        IReadOnlyList<string> described = ranks?.Describe() ?? [];
        if (ranks is { Rank: > 0 }) return Join(ranks, output, stopping);
        if (ranks is not null) terminal.Note($"training on {described.Count} ranks over {ranks.Engine}: {string.Join("; ", described)}");
        int code = Run(parsed, terminal, ranks, stopping);
        ranks?.Complete();
        return code;
    }

    /// <summary>Trains with the first rank, which says all else.</summary>
    private static int Join(RankGroup ranks, string output, CancellationToken stopping)
    {
        using TrainingRun run = TrainingRun.Resume(output, options: new TrainingRunOptions { Ranks = ranks });
        TrainingResult result = run.Train(cancellationToken: stopping);
        ranks.Complete();
        return CodeOf(result.Outcome);
    }

    private static int Run(ParseResult parsed, Terminal terminal, RankGroup? ranks, CancellationToken stopping)
    {
        string output = parsed.GetRequiredValue(Output);
        RunDirectory directory = new(output);
        bool goesOn = parsed.GetValue(Resume) && directory.HoldsRun;
        RunConfig config = ComputeDevice.Over(parsed, ReadConfig(parsed, directory, goesOn, terminal));
        if (parsed.GetValue(DryRun))
        {
            if (parsed.GetValue(Depth) is not null) terminal.Line(config.ToJson());
            return TrainingPlan.Show(new RunParts(config with { Directory = directory.Path }), terminal, stopping);
        }

        TrainingRunOptions options = new() { Callbacks = [new WarningLines(terminal)], Ranks = ranks };
        using TrainingRun run = goesOn ? TrainingRun.Resume(output, config, options) : TrainingRun.Create(output, config, options);
        WriteMachine(output, run.Config.Compute.Device, terminal);
        foreach (string warning in run.Resumed?.Warnings ?? []) terminal.Warning(warning);
        foreach (string note in run.Data.Notes) terminal.Note(note);
        Device device = run.Model.Device;
        ComputeChoice optimizer = config.Optimizer.Describe(device);
        terminal.Note(ComputePlan.Message(run.Model.Path, config.Training.Precision ?? Precision.Float32, device)
            + $" {optimizer.Work}: {optimizer.Code}.");
        if (goesOn) terminal.Note($"going on at step {Units.Count(run.Trainer.Step)}");
        TrainingResult result = terminal.Work("training", display =>
            run.Train(new TrainingDisplay(display, run.Trainer.TotalSteps, run.Config.Training.MaxMinutes), stopping));
        return Tell(RunRecord.Read(output, Path.GetFileName(directory.Path)), result, run, terminal, output);
    }

    /// <summary>No run ends because it cannot be said on which machine it was computed.</summary>
    private static void WriteMachine(string output, string device, Terminal terminal)
    {
        try
        {
            MachineDescription.Write(output, device);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            terminal.Warning($"{Path.Combine(output, MachineDescription.FileName)} cannot be written, so that reports do not tell the "
                + $"machine: {exception.Message}");
        }
    }

    private static RunConfig ReadConfig(ParseResult parsed, RunDirectory directory, bool goesOn, Terminal terminal)
    {
        if (parsed.GetValue(Depth) is int depth && !goesOn)
            return parsed.GetValue(Init) is null ? Config.Read(parsed, OfDepth(parsed, depth))
                : throw new UsageException("--depth makes a model of its own, and --init begins with another: give one of them.");
        if (parsed.GetValue(Init) is string init) return Config.Read(parsed, BeginningWith(parsed, init));
        if (parsed.GetValue(Config.Config) is not null) return Config.Read(parsed);
        if (!goesOn)
        {
            if (parsed.GetValue(Resume))
                throw new InvalidDataException($"{directory.Path} holds no run to go on with: begin one with --config, or name "
                    + "another folder.");
            throw new UsageException("--config names no file: give one, or --depth for a run of so many layers, or --init to begin "
                + "with a model's shape, or --resume to go on with a run.");
        }
        List<string> warnings = [];
        RunConfig config = Config.Override(parsed, directory.ReadConfig(warnings));
        foreach (string warning in warnings) terminal.Warning(warning);
        return config;
    }

    /// <summary>What the depth sets, under the configuration's file, if any.</summary>
    private static JsonObject OfDepth(ParseResult parsed, int depth)
    {
        JsonObject all = JsonNode.Parse(RunConfig.OfDepth(depth).ToJson())!.AsObject(), config = [];
        foreach (string section in (string[])["model", "optimizer", "training"]) config[section] = all[section]!.DeepClone();
        config["model"]!.AsObject().Remove("vocab_size"); // it is the tokenizer's, or the file's
        if (parsed.GetValue(Config.Config) is not string file) return config;
        foreach ((string section, JsonNode? keys) in ConfigOptions.ReadFile(file))
        {
            if (config[section] is JsonObject known && keys is JsonObject named)
                foreach ((string key, JsonNode? value) in named) known[key] = value?.DeepClone();
            else config[section] = keys?.DeepClone();
        }
        return config;
    }

    /// <summary>The configuration's file, if any, for a run that begins with another model.</summary>
    private static JsonObject BeginningWith(ParseResult parsed, string init)
    {
        JsonObject config = parsed.GetValue(Config.Config) is string file ? ConfigOptions.ReadFile(file) : [];
        if (config["model"] is not JsonObject model) config["model"] = model = [];
        model["from"] = init;
        return config;
    }

    private static int Tell(RunRecord record, TrainingResult result, TrainingRun run, Terminal terminal, string output)
    {
        string curve = Path.Combine(output, Path.GetFileName(run.Directory.Curve));
        LearningCurveChart.Save(curve,
            [.. record.Metrics.Select(item => new ChartPoint(item.Step, item.Loss))],
            [.. record.Metrics.Where(item => item.ValidationLoss is not null)
                .Select(item => new ChartPoint(item.Step, item.ValidationLoss!.Value))],
            record.FinalValidationLoss is double loss ? $"validation loss {Units.Number(loss, "0.000")} nats/token after "
                + $"{result.Step} steps" : $"{result.Step} steps");
        IReadOnlyList<string> row = RunTable.Rows([record with { Result = new JsonObject { ["outcome"] = Spell(result.Outcome) } }])
            .Single();
        terminal.Table($"Run {output}", ["", "value"], RunTable.Columns.Zip(row, (name, value) => (IReadOnlyList<string>)[name, value])
            .Where(line => line[1].Length > 0));
        if (result.SkippedSteps > 0)
            terminal.Warning($"{Units.Count(result.SkippedSteps)} of {Units.Count(result.Step)} steps diverged and taught nothing: their "
                + "updates were left out, as on_divergence is skip.");
        terminal.Line($"Curve: {curve}");
        JsonObject json = RunTable.ToJson([record])[0]!.DeepClone().AsObject();
        json["outcome"] = Spell(result.Outcome);
        json["max_steps"] = run.Trainer.TotalSteps;
        json["perplexity"] = record.FinalValidationLoss is double nats ? Units.Finite(Math.Exp(nats)) : null;
        json["skipped_steps"] = result.SkippedSteps;
        json["curve"] = curve;
        terminal.Result(json);
        if (result.Outcome == TrainingOutcome.Cancelled)
            terminal.Note($"Stopped at step {result.Step}. To go on: cs336 train --output {output} --resume");
        return CodeOf(result.Outcome);
    }

    private static int CodeOf(TrainingOutcome outcome) =>
        outcome == TrainingOutcome.Cancelled ? ExitCodes.Interrupted : ExitCodes.Done;

    private static string Spell(TrainingOutcome outcome) => outcome switch
    {
        TrainingOutcome.Completed => "completed",
        TrainingOutcome.Cancelled => "interrupted",
        TrainingOutcome.EarlyStopped => "stopped_early",
        TrainingOutcome.OutOfTime => "out_of_time",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };
}
