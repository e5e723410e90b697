// What a step of several ranks takes, part by part: computing, adding the gradients up, both one after the other, and both at once as a
// training run does it. benchmarks/run-ranks.sh starts it, on this machine or in network namespaces as if on several.
//
//   mpirun -np N dotnet benchmarks/Ranks/bin/Release/net10.0/Ranks.dll BATCH ROUNDS [float32|bfloat16]
//
// BATCH is the batch of all ranks together, of the course's TinyStories model. The parts are taken in turns; each figure is the median of
// all rounds but the first, of the rank that took longest. One rank alone has nothing to add up.
using System.Diagnostics;
using System.Globalization;
using Cs336.Benchmarks;
using Cs336.Distributed;
using Cs336.Inference;
using Cs336.Training;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
int batchSize = int.Parse(args[0]), rounds = int.Parse(args[1]);
Precision precision = args is [_, _, string name] ? Enum.Parse<Precision>(name, ignoreCase: true) : Precision.Float32;
TransformerConfig config = new() { VocabSize = 10_000, ContextLength = 256, DModel = 512, NumLayers = 4, NumHeads = 16, DFf = 1344 };

using ICommunicator communicator = Communicators.Open();
using RankGroup ranks = new(communicator);
using TransformerLM model = new(config);
IReadOnlyList<NamedParameter> parameters = NamedParameter.Of(model);
using AdamW optimizer = new(parameters);
using Generator random = new(1, CPU);
int rows = batchSize * (ranks.Rank + 1) / ranks.Size - batchSize * ranks.Rank / ranks.Size;
using Tensor ids = randint(0, config.VocabSize, [rows, config.ContextLength + 1], generator: random, dtype: ScalarType.Int64);
TokenBatch batch = new(ids.narrow(1, 0, config.ContextLength), ids.narrow(1, 1, config.ContextLength));

List<double> computing = [], sums = [], processor = [], oneByOne = [], atOnce = [];
for (int round = 0; round <= rounds; round++)
{
    Measure(computing, () => LanguageModelLoss.Backward(model, batch));
    if (ranks.Size == 1) continue;
    TimeSpan before = Environment.CpuUsage.TotalTime;
    Measure(sums, AddUp, isStep: false);
    processor.Add(ranks.Gather([(Environment.CpuUsage.TotalTime - before).TotalSeconds]).Max());
    Measure(oneByOne, () =>
    {
        LanguageModelLoss.Backward(model, batch);
        AddUp();
    });
    Measure(atOnce, () =>
    {
        List<Tensor> all = [];
        LanguageModelLoss.Backward(model, batch, null, 1, completed =>
        {
            List<Tensor> gradients = [.. completed.Select(parameter => parameter.grad!.DetachFromDisposeScope())];
            all.AddRange(gradients);
            ranks.BeginSum(gradients, precision);
        });
        ranks.FinishSums();
        all.ForEach(gradient => gradient.Dispose());
    });
}

if (ranks.Rank == 0)
{
    double bytes = parameters.Sum(item => (double)item.Parameter.numel()) * (precision == Precision.BFloat16 ? 2 : 4);
    Console.WriteLine($"{Machine.Title}, {Machine.Software}; {ranks.Engine}; {ranks.Size} ranks, {get_num_threads()} threads each");
    Console.WriteLine($"TinyStories model, batch {batchSize}, gradients of {bytes / 1e6:f0} MB in {precision}, medians of {rounds} rounds");
    Console.WriteLine($"computing      {Median(computing):f3} s");
    if (ranks.Size > 1)
    {
        double larger = Math.Max(Median(computing), Median(sums));
        Console.WriteLine($"adding up      {Median(sums):f3} s, of which a rank's processor works {Median(processor):f3} s");
        Console.WriteLine($"one by one     {Median(oneByOne):f3} s");
        Console.WriteLine($"both at once   {Median(atOnce):f3} s: {Median(atOnce) / larger:f2} times the larger of the first two");
    }
}
ranks.Complete();

void AddUp()
{
    List<Tensor> gradients = [.. parameters.Select(item => item.Parameter.grad!)];
    ranks.BeginSum(gradients, precision);
    ranks.FinishSums();
}

void Measure(List<double> times, Action act, bool isStep = true)
{
    using DisposeScope scope = NewDisposeScope();
    if (isStep) optimizer.ZeroGrad();
    ranks.Gather([0]); // all begin together
    long began = Stopwatch.GetTimestamp();
    act();
    if (isStep) optimizer.StepClipped(parameters, Gradients.GlobalNorm(parameters), 1, 1e-4);
    times.Add(ranks.Gather([Stopwatch.GetElapsedTime(began).TotalSeconds]).Max());
}

double Median(List<double> times)
{
    double[] sorted = [.. times.Skip(1).Order()];
    return sorted[sorted.Length / 2];
}
