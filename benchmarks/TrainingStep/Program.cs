using System.Globalization;
using System.Text.Json;
using Cs336.Benchmarks.TrainingStep;
using Cs336.Transformer;

// Without `worker` this is the whole comparison; with it, one measurement, which the comparison starts in a process of its own;
// with `attention` that part alone.
if (args is ["worker", string path, string model, string weights, string batchSize, string steps])
{
    WorkerResult result = Worker.Run(
        path, Workload.Named(model)!, weights, int.Parse(batchSize, CultureInfo.InvariantCulture),
        int.Parse(steps, CultureInfo.InvariantCulture));
    Console.WriteLine(JsonSerializer.Serialize(result, WorkerJson.Default.WorkerResult));
    return 0;
}
if (args is ["attention"])
{
    LibTorch.EnsureLoaded();
    Console.Write(AttentionComparison.Run());
    return 0;
}
try
{
    ComparisonOptions options = ComparisonOptions.Parse(args);
    LibTorch.EnsureLoaded();
    Comparison.Run(options);
    return 0;
}
catch (Exception exception) when (exception is FormatException or InvalidOperationException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
