using System.ComponentModel;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Cs336.Inference;
using Cs336.Transformer;

namespace Cs336.Benchmarks.Decoding;

/// <summary>Runs every contestant in turns, each time in a process of its own, and writes the table.</summary>
internal static class Comparison
{
    private const int Threads = 2, Count = 200;
    private const long FarBeyondAnyCache = 1L << 30;
    private const string NotMeasured = "were not both measured";

    private static readonly TransformerConfig TinyStories = new() { VocabSize = 10_000, ContextLength = 256, DModel = 512, NumLayers = 4, NumHeads = 16, DFf = 1344 };

    public static int Run(string output, string npm, int rounds)
    {
        string work = Directory.CreateTempSubdirectory("decoding-").FullName;
        try
        {
            WriteModels(work);
            Contestant libtorch = Own("libtorch with a KV cache, float32", "libtorch", work);
            Contestant[] managed = [.. Enum.GetValues<CpuPrecision>().Select(precision => Own($"CpuLanguageModel, {precision}", precision.ToString(), work))];
            Contestant[] llama = [.. Enum.GetValues<GgufType>().Select(type => Own($"llama.cpp, {type}", $"{type}.gguf", work))];
            List<double> farRates = [], nearRates = [];
            for (int round = 0; round < rounds; round++)
            {
                Console.WriteLine($"round {round + 1} of {rounds}");
                farRates.Add(MeasureReadRate(FarBeyondAnyCache));
                nearRates.Add(MeasureReadRate(BytesAToken));
                foreach (Contestant contestant in (Contestant[])[libtorch, .. managed, .. llama]) contestant.Run(npm);
            }
            int[]? float32Cache = TokensWithFloat32Cache(Path.Combine(work, $"{GgufType.F32}.gguf"), npm);
            string report = Report(rounds, Median(farRates), Median(nearRates), libtorch, managed, llama, float32Cache);
            Console.WriteLine();
            Console.WriteLine(report);
            File.WriteAllText(Machine.ResultsFile(output, "decoding"), report);
            return SameTokens(libtorch, managed[0]) ? 0 : 1;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[sorted.Length / 2];
    }

    /// <summary>The float32 matrices that every token goes through; of the embedding it reads one row.</summary>
    private static long BytesAToken
    {
        get
        {
            ParameterCount count = ParameterCount.Of(TinyStories);
            return sizeof(float) * (count.Total - count.Embedding);
        }
    }

    private static void WriteModels(string work)
    {
        File.WriteAllText(Path.Combine(work, "config.json"), TinyStories.ToJson());
        using (TransformerLM model = new(TinyStories))
        {
            TransformerWeights.Save(model, Path.Combine(work, "model.safetensors"));
            foreach (GgufType type in Enum.GetValues<GgufType>()) new GgufFile(TinyStories, WeightsOf(model), type).Write(Path.Combine(work, $"{type}.gguf"));
        }
        foreach (CpuPrecision precision in Enum.GetValues<CpuPrecision>())
        {
            using CpuLanguageModel model = CpuLanguageModel.Load(work, new CpuModelOptions { Precision = precision });
            model.Save(Path.Combine(work, precision.ToString()));
        }
    }

    private static Dictionary<string, float[]> WeightsOf(TransformerLM model) =>
        model.named_parameters().ToDictionary(item => item.name, item => item.parameter.data<float>().ToArray());

    private static Contestant Own(string name, string contestant, string work) =>
        new(name, Environment.ProcessPath!, ["worker", contestant, work, $"{Threads}", $"{Count}"]);

    private static double MeasureReadRate(long bytes) =>
        double.Parse(Contestant.LastLine(Environment.ProcessPath!, ["worker", "read-rate", $"{bytes}", $"{Threads}"], "."), CultureInfo.InvariantCulture);

    /// <summary>What llama.cpp generates where it rounds as little as the others do; null where it cannot be run.</summary>
    private static int[]? TokensWithFloat32Cache(string gguf, string npm)
    {
        try
        {
            return JsonSerializer.Deserialize<int[]>(Contestant.LastLine("node", [Path.GetFullPath(Path.Combine(npm, "float32-cache.mjs")), gguf, $"{Worker.PromptLength}", $"{Count}"], npm));
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException or Win32Exception)
        {
            Console.WriteLine($"llama.cpp with a float32 cache failed: {e.Message.Split('\n')[0]}");
            return null;
        }
    }

    private static bool SameTokens(Contestant a, Contestant b) => a.Failure is null && b.Failure is null && a.Rounds[0].Tokens.SequenceEqual(b.Rounds[0].Tokens);

    private static string Report(int rounds, double far, double near, Contestant libtorch, Contestant[] managed, Contestant[] llama, int[]? float32Cache)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        StringBuilder text = new();
        text.AppendLine($"""
            # Decoding side by side: {Machine.Title}

            The course's TinyStories model (d_model 512, 4 layers, 16 heads, d_ff 1344, vocabulary 10,000, context 256) with random weights, the
            same for all. Batch 1: a prompt of 8 tokens, then one token a step, always the likeliest, {Count} new tokens, {Threads} threads. {rounds} rounds in turns,
            each measurement in a process of its own, warm; medians, best in brackets. "Prompt" is one of 200 tokens in one pass, "eight at once" the
            tokens of eight sequences together. llama.cpp is the library that node-llama-cpp 3.21.1 brings, called from C#. {Machine.Software},
            {DateTime.UtcNow:yyyy-MM-dd}.

            | | tokens/s | times libtorch | prompt, tokens/s | eight at once, tokens/s | load, ms |
            |---|---|---|---|---|---|
            """);
        foreach (Contestant contestant in (Contestant[])[libtorch, .. managed, .. llama])
        {
            if (contestant.Failure is not null)
            {
                text.AppendLine($"| {contestant.Name} | not measured: {contestant.Failure} | | | | |");
                continue;
            }
            string Rate(Func<Measurement, double> of) => Median(contestant.Rounds.Select(of)) is > 0 and double rate ? $"{rate:N0}" : "";
            text.AppendLine($"| {contestant.Name} | {contestant.Rate:N0} ({contestant.BestRate:N0}) | {contestant.Rate / libtorch.Rate:0.00} | {Rate(round => round.PromptRate)} | {Rate(round => round.BatchRate)} | {1000 * Median(contestant.Rounds.Select(round => round.LoadSeconds)):0} |");
        }
        text.AppendLine();
        text.AppendLine($"""
            {Threads} threads read {far / 1e9:0.0} GB/s from a gigabyte, and {near / 1e9:0.0} GB/s over and over from as many bytes as the float32 weights that a token takes,
            {BytesAToken / 1e6:0.0} MB, of which caches hold a part. The first bounds float32 at {far / BytesAToken:N0} tokens/s, of which `CpuLanguageModel` reaches {managed[0].Rate * BytesAToken / far:0%}; the second at
            {near / BytesAToken:N0}, of which it reaches {managed[0].Rate * BytesAToken / near:0%}.
            """);
        text.AppendLine();
        text.AppendLine($"Greedy tokens in float32: libtorch and `CpuLanguageModel` {Compare(libtorch, managed[0])}, llama.cpp and `CpuLanguageModel` {Compare(llama[0], managed[0])}.");
        text.AppendLine($"llama.cpp keeps keys and values in float16 unless told otherwise: with a float32 cache and without flash attention, it and `CpuLanguageModel` {(float32Cache is null || managed[0].Failure is not null ? NotMeasured : Compare(float32Cache, managed[0].Rounds[0].Tokens))}.");
        return text.ToString();
    }

    private static string Compare(Contestant a, Contestant b) =>
        a.Failure is not null || b.Failure is not null ? NotMeasured : Compare(a.Rounds[0].Tokens, b.Rounds[0].Tokens);

    private static string Compare(int[] a, int[] b)
    {
        int same = a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count();
        return same == Count ? $"gave the same {Count}" : $"differ from token {same} on";
    }
}
