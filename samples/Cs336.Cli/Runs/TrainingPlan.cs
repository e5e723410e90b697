using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Training;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Cli;

/// <summary>What a run will take, from its configuration and a few steps that are timed and thrown away.</summary>
internal static class TrainingPlan
{
    private const int TimedSteps = 4; // the first, which warms up, is left out
    private const int TimedBatches = 8; // of a step: where it has more, the time is multiplied

    public static int Show(RunParts parts, Terminal terminal, CancellationToken stopping)
    {
        RunConfig config = parts.Config;
        IReadOnlyList<string> problems = config.From is null ? config.FindProblems() : parts.FindProblems();
        if (problems.Count > 0) throw new InvalidDataException(string.Join(Environment.NewLine, problems));
        Device device = config.Compute.FindDevice();
        TrainerOptions training = config.Training;
        int length = training.WindowLength ?? config.Model.ContextLength;
        long tokensPerStep = training.TokensPerStep(config.Model.ContextLength);
        long steps = config.TotalSteps;
        Int128 tokens = training.TokensOf(config.Model.ContextLength, steps);
        using TrainingData data = parts.OpenData();
        foreach (string note in data.Notes) terminal.Note(note);
        long available = data.Training.Length;
        RunMemory? memory = parts.EstimateMemory();
        if (memory?.FindProblem() is string problem) throw new InsufficientMemoryException(problem);
        Int128 flops = training.AccumulationSteps * FlopCount.Training(config.Model, length, training.BatchSize).Total;
        double seconds = terminal.Work("timing", display => TimeStep(parts, data, terminal, display, stopping));

        ComputeChoice[] choices = [.. ComputePlan.Of(config.Compute.Path, training.Precision ?? Precision.Float32, device),
            config.Optimizer.Describe(device)];

        (string What, string Value)[] plan =
        [
            ("parameters", Units.Count(ParameterCount.Of(config.Model).Total)),
            ("FLOPs per step", Units.Count(flops)),
            .. memory is null ? ((string, string)[])[] : [("memory for training (estimate)", Units.Bytes(memory.Total)),
                ("memory there is", Units.Bytes(memory.Available))],
            ("steps", Units.Count(steps)),
            ("tokens per step", Units.Count(tokensPerStep)),
            ("tokens of the run", Units.Count(tokens)),
            ("tokens of the data", Units.Count(available)),
            ("passes over the data", Units.Number((double)tokens / available, "0.00")),
            ("seconds per step (measured)", Units.Number(seconds, "0.####")),
            ("FLOP/s", Units.Number((double)flops / seconds / 1e9, "0.#") + " billion"),
            ("expected time, validations left out",
                Units.Time(TimeSpan.FromSeconds(Math.Min((double)tokens / tokensPerStep * seconds, TimeSpan.MaxValue.TotalSeconds / 2)))),
            .. training.MaxMinutes is double minutes ? ((string, string)[])
                [("steps in max_minutes, validations left out", Units.Count(Math.Min(steps, (long)(60 * minutes / seconds))))] : [],
            ("processor", ComputePlan.ProcessorKind),
            .. choices.Select(choice => (choice.Work, choice.Code)),
        ];
        terminal.Table("Plan", ["", "value"], plan.Select(item => (IReadOnlyList<string>)[item.What, item.Value]));
        terminal.Result(new JsonObject
        {
            ["parameters"] = ParameterCount.Of(config.Model).Total,
            ["flops_per_step"] = JsonNode.Parse(flops.ToString()),
            ["memory_bytes"] = memory?.Total,
            ["memory_available_bytes"] = memory?.Available,
            ["steps"] = steps,
            ["tokens_per_step"] = tokensPerStep,
            ["tokens"] = JsonNode.Parse(tokens.ToString()),
            ["data_tokens"] = available,
            ["seconds_per_step"] = seconds,
            ["expected_seconds"] = (double)tokens / tokensPerStep * seconds,
            ["processor"] = ComputePlan.ProcessorKind,
            ["compute"] = new JsonObject(choices.Select(choice => KeyValuePair.Create<string, JsonNode?>(choice.Work, choice.Code))),
            ["config"] = JsonNode.Parse(config.ToJson()),
        });
        return ExitCodes.Done;
    }

    private static double TimeStep(RunParts parts, TrainingData data, Terminal terminal, IWorkDisplay display, CancellationToken stopping)
    {
        using TransformerLM model = parts.CreateModel();
        using IOptimizer optimizer = parts.CreateOptimizer(model);
        int batches = Math.Min(parts.Config.Training.AccumulationSteps, TimedBatches);
        TrainerOptions options = parts.Config.Training with
        {
            MaxSteps = TimedSteps,
            MaxTokens = null,
            AccumulationSteps = batches,
            BatchSizeStart = null, // the largest batches are timed
            BatchSizeRampSteps = null,
        };
        StepTimes times = new(display);
        new Trainer(model, optimizer, parts.CreateSchedule(), data with { Validation = null }, options,
            callbacks: [new WarningLines(terminal)]).Run(times, stopping);
        stopping.ThrowIfCancellationRequested();
        return times.Median * parts.Config.Training.AccumulationSteps / batches;
    }

    private sealed class StepTimes(IWorkDisplay display) : IProgress<TrainingMetrics>
    {
        private readonly List<double> _seconds = [];
        private long _tokens;

        /// <summary>Seconds of a step, that of the first left out.</summary>
        public double Median => _seconds.Skip(1).Order().ElementAt((_seconds.Count - 1) / 2);

        public void Report(TrainingMetrics value)
        {
            _seconds.Add((value.TokensSeen - _tokens) / value.TokensPerSecond);
            _tokens = value.TokensSeen;
            display.Report((double)value.Step / TimedSteps, $"step {value.Step}/{TimedSteps}");
        }
    }
}
