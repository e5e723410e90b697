// What a run spends on anything but its steps, at the course's TinyStories model and batch 8: data, metrics (JSON lines and TensorBoard),
// and checkpoints.
//
//   dotnet run -c Release --project benchmarks/BetweenSteps [-- STEPS]
//
// The trainer times each step from inside; the time from the end of one step to the end of the next, less the step, is what comes between.
// Data is read and checkpoints are written in other threads, which takes processor time from the steps: both are counted in full, as if the
// run waited for them.
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Cs336.Benchmarks;
using Cs336.Tokenizers;
using Cs336.Training;
using TorchSharp;

const int BatchSize = 8, ContextLength = 256, VocabSize = 10_000, StepsPerCheckpoint = 1_000;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
int steps = args is [string count] ? int.Parse(count) : 15;
string folder = Directory.CreateTempSubdirectory("cs336-between-").FullName;
try
{
    (double step, double between, double data) = Measure("plain", "\"checkpoint_every\": 1000000");
    (_, double withCheckpoint, _) = Measure(
        "saving", "\"checkpoint_every\": 1, \"keep_checkpoints\": 1, \"checkpoint_in_background\": false");
    double checkpoint = withCheckpoint - between;

    Console.WriteLine($"{Machine.Title}, {Machine.Software}: TinyStories model, batch {BatchSize}, float32, medians of {steps} steps");
    Console.WriteLine();
    Console.WriteLine("| | ms a step | of a step |");
    Console.WriteLine("|---|---|---|");
    Row("a step: batch, forward, backward, clip, AdamW", step);
    Row("metrics and all else between two steps", between);
    Row("reading a batch, as if the run waited for it", data);
    Row(
        $"a checkpoint every {StepsPerCheckpoint} steps ({checkpoint * 1e3:f0} ms each), as if the run waited for it",
        checkpoint / StepsPerCheckpoint);
    Row("all but the step", between + data + checkpoint / StepsPerCheckpoint);

    void Row(string name, double seconds) => Console.WriteLine($"| {name} | {seconds * 1e3:f3} | {seconds / step:p3} |");
}
finally
{
    Directory.Delete(folder, recursive: true);
}

(double Step, double Between, double Data) Measure(string name, string training)
{
    RunConfig config = RunConfig.Parse($$"""
        {
          "model": { "vocab_size": {{VocabSize}}, "context_length": {{ContextLength}}, "d_model": 512, "num_layers": 4, "num_heads": 16, "d_ff": 1344 },
          "training": { "max_steps": {{steps + 2}}, "batch_size": {{BatchSize}}, "evaluate_every": 1000000, {{training}} },
          "data": { "training": "{{WriteTokens(name)}}", "validation_fraction": 0 }
        }
        """);
    List<double> inside = [];
    List<long> ends = [];
    using MeterListener listener = new();
    listener.InstrumentPublished =
        (instrument, self) => { if (instrument.Name == "cs336.training.step.duration") self.EnableMeasurementEvents(instrument); };
    listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => inside.Add(seconds));
    listener.Start();
    using TrainingRun run = TrainingRun.Create(Path.Combine(folder, name), config);
    run.Train(new Ends(ends));
    // The first step warms up, and the first difference needs two.
    double[] between = [.. Enumerable.Range(2, steps).Select(i => Stopwatch.GetElapsedTime(ends[i - 1], ends[i]).TotalSeconds - inside[i])];
    return (Median(inside[2..]), Median(between), MeasureData(run.Data.Training));
}

string WriteTokens(string name)
{
    string path = Path.Combine(folder, name + ".npy");
    using TokenFileWriter writer = new(path, VocabSize);
    Random random = new(1);
    int[] ids = new int[4_000_000];
    for (int i = 0; i < ids.Length; i++) ids[i] = random.Next(VocabSize);
    writer.Write(ids);
    writer.Complete();
    return path;
}

static double MeasureData(TokenMixture data)
{
    const int Batches = 1_000;
    using BatchReader reader = new(data, new RandomWindowSampler(data, ContextLength, 1), BatchSize, ContextLength, VocabSize);
    Stopwatch clock = Stopwatch.StartNew();
    for (int i = 0; i < Batches; i++)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        reader.Next();
    }
    return clock.Elapsed.TotalSeconds / Batches;
}

static double Median(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);

/// <summary>Notes when each step was told of.</summary>
internal sealed class Ends(List<long> ends) : IProgress<TrainingMetrics>
{
    public void Report(TrainingMetrics value) => ends.Add(Stopwatch.GetTimestamp());
}
