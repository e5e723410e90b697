using System.Globalization;
using System.Text.Json;
using Cs336.Benchmarks.TrainingStep;
using Cs336.Transformer;

if (args is ["worker", string path, string weights, string batch, string steps])
{
    WorkerResult result = Worker.Run(path, weights, int.Parse(batch, CultureInfo.InvariantCulture), int.Parse(steps, CultureInfo.InvariantCulture));
    Console.WriteLine(JsonSerializer.Serialize(result, WorkerJson.Default.WorkerResult));
    return 0;
}
if (args is ["weights", string file]) { using TransformerLM model = new(Workload.Config); using FileStream stream = File.Create(file); TransformerWeights.Save(model, stream); return 0; }
Console.WriteLine($"{FmaPeak.Measure(1) / 1e9:f0} {FmaPeak.Measure(2) / 1e9:f0}");
return 0;
