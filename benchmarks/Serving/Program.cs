// Tokens a second of 1, 2, 4 and 8 concurrent streams through a GenerationService, on libtorch and on the managed engine, in turns
// within one run: dotnet run -c Release --project benchmarks/Serving [-- rounds [beginning of the engines' names]]
// The same over HTTP, from samples/StoryServer: ... -- http sample|tinystories [rounds]
using System.Diagnostics;
using Cs336.Benchmarks;
using Cs336.Serving;
using Cs336.Inference;
using Cs336.Transformer;
using Serving;

if (args is ["http", string served, ..])
{
    await HttpLoad.RunAsync(served, args.Length > 2 ? int.Parse(args[2]) : 5);
    return;
}

int rounds = args.Length > 0 ? int.Parse(args[0]) : 5;
const int PromptTokens = 16, NewTokens = 96;
int[] streams = [1, 2, 4, 8];
TransformerConfig config = new()
{
    VocabSize = 10_000, ContextLength = 256, DModel = 512, NumLayers = 4, NumHeads = 16, DFf = 1344, RopeTheta = 10_000, InitSeed = 1,
};

string folder = Directory.CreateTempSubdirectory("cs336-serving").FullName;
try
{
    using TransformerLM libtorch = new(config);
    string configPath = Path.Combine(folder, "config.json"), weightsPath = Path.Combine(folder, "model.safetensors");
    File.WriteAllText(configPath, config.ToJson());
    TransformerWeights.Save(libtorch, weightsPath);
    List<(string Name, ILanguageModel Model)> models = [("libtorch float32", libtorch)];
    foreach (CpuPrecision precision in (CpuPrecision[])[CpuPrecision.Float32, CpuPrecision.BFloat16, CpuPrecision.Int8])
        models.Add(($"managed {precision}", CpuLanguageModel.Load(configPath, weightsPath, new CpuModelOptions { Precision = precision })));

    if (args.Length > 1) models.RemoveAll(item => !item.Name.StartsWith(args[1], StringComparison.Ordinal));
    Dictionary<(string, int), List<double>> rates = [];
    for (int round = -1; round < rounds; round++) // the first warms up
        foreach ((string name, ILanguageModel model) in models)
            foreach (int count in streams)
            {
                double rate = await MeasureAsync(model, count);
                if (round >= 0) (rates.TryGetValue((name, count), out List<double>? list) ? list : rates[(name, count)] = []).Add(rate);
            }

    Console.WriteLine($"{Machine.Title}; {Machine.Software}");
    Console.WriteLine(
        $"{rounds} rounds, medians of tokens/s of all streams; prompt {PromptTokens}, {NewTokens} new tokens, d_model {config.DModel}, "
        + $"{config.NumLayers} layers, vocabulary {config.VocabSize:N0}");
    Console.WriteLine();
    Console.WriteLine($"| engine | {string.Join(" | ", streams.Select(count => $"{count}"))} | 8 over 1 |");
    Console.WriteLine($"|---|{string.Concat(streams.Select(_ => "---:|"))}---:|");
    foreach ((string name, _) in models)
    {
        double[] medians = [.. streams.Select(count => Median(rates[(name, count)]))];
        double ratio = Median([.. rates[(name, 8)].Zip(rates[(name, 1)], (eight, one) => eight / one)]);
        Console.WriteLine($"| {name} | {string.Join(" | ", medians.Select(rate => $"{rate:N0}"))} | {ratio:F2} |");
    }
    foreach ((_, ILanguageModel model) in models) (model as CpuLanguageModel)?.Dispose();
}
finally
{
    Directory.Delete(folder, recursive: true);
}

async Task<double> MeasureAsync(ILanguageModel model, int count)
{
    await using GenerationService service = new(
        new NumberTokenizer(config.VocabSize), model, new GenerationServiceOptions { MaxConcurrentRequests = 8 });
    GenerationRequest[] requests =
        [.. Enumerable.Range(0, count).Select(i => new GenerationRequest(Enumerable.Range(100 * i, PromptTokens).ToArray())
    {
        // The weights are random and the logits flat: this temperature makes the draw about as narrow as a trained model's.
        Options = new GenerationOptions { Seed = (ulong)i, MaxNewTokens = NewTokens, Temperature = 0.08, TopP = 0.9 },
    })];
    Stopwatch watch = Stopwatch.StartNew();
    GeneratedText[] texts = await Task.WhenAll(requests.Select(request => service.GenerateAsync(request)));
    if (texts.Any(text => text.NewTokens != NewTokens)) throw new InvalidOperationException("A stream ended early.");
    return count * NewTokens / watch.Elapsed.TotalSeconds;
}

static double Median(List<double> values)
{
    values = [.. values.Order()];
    return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
}
