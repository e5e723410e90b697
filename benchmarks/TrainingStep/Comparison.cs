using System.Globalization;
using System.Text;
using Cs336.Benchmarks.TokenizerPeers;
using Cs336.Inference;
using Cs336.Transformer;

namespace Cs336.Benchmarks.TrainingStep;

/// <summary>Runs the contestants in turns and writes a table a batch size.</summary>
internal static class Comparison
{
    public static void Run(ComparisonOptions options)
    {
        TorchPython python = TorchPython.Find(options.Python); // before any work
        string folder = Directory.CreateTempSubdirectory("training-step-").FullName;
        try
        {
            string weights = Path.Combine(folder, "model.safetensors");
            using (TransformerLM model = new(options.Workload.Config)) TransformerWeights.Save(model, weights);
            (double one, double all) = (FmaPeak.Measure(1), FmaPeak.Measure(Environment.ProcessorCount));
            StringBuilder report = new();
            report.AppendLine(CultureInfo.InvariantCulture, $"""
                # A training step: {Machine.Title}

                {options.Workload.Description} from the same weights on the same tokens: forward, backward, clipping, AdamW. Each row is a process of its own;
                {options.Rounds} rounds in turns, {options.Steps} steps each after one to warm up; medians, best in brackets. "Explicit" writes attention, loss and AdamW
                out in tensor operations. Float32 multiply-add peak measured in this run: {one / 1e9:f0} GFLOP/s on one core, {all / 1e9:f0} on {Environment.ProcessorCount}; MFU counts
                the model's operations (three forward passes' worth) against it, for bfloat16 too. {Machine.Software}, {DateTime.UtcNow:yyyy-MM-dd}.

                """);
            foreach (int batchSize in options.BatchSizes) report.AppendLine(Compare(options, python.Program, weights, batchSize, all));
            if (options.Workload == Workload.TinyStories) report.AppendLine(AttentionComparison.Run());
            Console.Write(report);
            if (options.Output is not null)
                File.WriteAllText(
                    Machine.ResultsFile(
                    options.Output, options.Workload == Workload.TinyStories ? "training"
                    : $"training-{options.Workload.Name}"), report.ToString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Compare(ComparisonOptions options, string python, string weights, int batchSize, double peak)
    {
        IReadOnlyList<Contestant> contestants = Contestant.All(python, options.Workload);
        List<WorkerResult>[] results = [.. contestants.Select(_ => new List<WorkerResult>())];
        for (int round = 0; round < options.Rounds; round++)
            for (int i = 0; i < contestants.Count; i++)
            {
                results[i].Add(contestants[i].Run(weights, batchSize, options.Steps + 1));
                Console.Error.WriteLine(
                    $"{contestants[i].Name}, batch {batchSize}, round {round + 1}: "
                    + $"{string.Join(", ", results[i][^1].Steps.Select(step => $"{1e3 * step.Total:f0}"))} ms");
            }
        CheckLosses(contestants, results);
        double flops = (double)FlopCount.Training(options.Workload.Config, options.Workload.Config.ContextLength, batchSize).Total;
        double reference = Median(Timed(results[0]).Select(step => step.Total));
        StringBuilder table = new();
        table.AppendLine(CultureInfo.InvariantCulture, $"""
            ## Batch {batchSize} ({batchSize * options.Workload.Config.ContextLength:n0} tokens, {flops / 1e9:f1} GFLOP)

            | | step, ms | times PyTorch's | tokens/s | MFU | forward and backward, ms | clipping and AdamW, ms | their share | peak memory, MB |
            |---|---|---|---|---|---|---|---|---|
            """);
        for (int i = 0; i < contestants.Count; i++)
        {
            StepTime[] steps = [.. Timed(results[i])];
            double total = Median(steps.Select(step => step.Total)), update = Median(steps.Select(step => step.Clip + step.Optimizer));
            string name = i == 0 ? $"PyTorch {results[0][0].Version}, plain" : contestants[i].Name;
            table.AppendLine(CultureInfo.InvariantCulture,
                $"| {name} | {1e3 * total:n0} ({1e3 * steps.Min(step => step.Total):n0}) | {total / reference:f2} | "
                    + $"{batchSize * options.Workload.Config.ContextLength / total:n0} | {100 * flops / total / peak:f0}% | "
                    + $"{1e3 * Median(steps.Select(step => step.ForwardBackward)):n0} | {1e3 * update:f1} | {100 * update / total:f1}% | "
                    + $"{results[i].Max(result => result.PeakBytes) >> 20:n0} |");
        }
        return table.ToString();
    }

    private static IEnumerable<StepTime> Timed(IEnumerable<WorkerResult> results) => results.SelectMany(result => result.Steps.Skip(1));

    /// <summary>All compute the same: the loss before and, where the optimizer is AdamW, after the first update is PyTorch's.</summary>
    private static void CheckLosses(IReadOnlyList<Contestant> contestants, List<WorkerResult>[] results)
    {
        for (int i = 1; i < contestants.Count; i++)
            for (int step = 0; step < (contestants[i].UpdatesAlike ? 2 : 1); step++)
            {
                double expected = results[0][0].Steps[step].Loss, actual = results[i][0].Steps[step].Loss;
                if (!(Math.Abs(actual - expected) <= contestants[i].LossTolerance * expected))
                    throw new InvalidOperationException(
                        $"{contestants[i].Name} has a loss of {actual} at step {step}, PyTorch one of {expected}: they do not compute "
                        + "the same.");
            }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
