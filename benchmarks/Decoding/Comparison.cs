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
    public const int Threads = 2, Count = 200;
    private const long FarBeyondAnyCache = 1L << 30;
    private const string NotMeasured = "were not both measured";

    private static readonly TransformerConfig TinyStories =
        new() { VocabSize = 10_000, ContextLength = 256, DModel = 512, NumLayers = 4, NumHeads = 16, DFf = 1344 };

    public static int Run(string output, string npm, int rounds)
    {
        string work = Directory.CreateTempSubdirectory("decoding-").FullName;
        try
        {
            WriteModels(work);
            Contest[] contests = [.. ProcessorKind.All(npm, work).Select(kind => new Contest(kind, work))];
            for (int round = 0; round < rounds; round++)
            {
                Console.WriteLine($"round {round + 1} of {rounds}");
                foreach (Contest contest in contests)
                {
                    contest.FarRates.Add(MeasureReadRate(FarBeyondAnyCache, contest.Kind));
                    contest.NearRates.Add(MeasureReadRate(BytesAToken, contest.Kind));
                    foreach (Contestant contestant in contest.All) contestant.Run(npm);
                }
            }
            int[]? float32Cache = TokensWithFloat32Cache(Path.Combine(work, $"{GgufType.F32}.gguf"), npm, contests[0].Kind);
            string report = Report(rounds, contests, float32Cache);
            Console.WriteLine();
            Console.WriteLine(report);
            File.WriteAllText(Machine.ResultsFile(output, "decoding"), report);
            return contests.All(contest => SameTokens(contest.Libtorch, contest.Managed[0])) ? 0 : 1;
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
            foreach (GgufType type in Enum.GetValues<GgufType>())
                new GgufFile(TinyStories, WeightsOf(model), type).Write(Path.Combine(work, $"{type}.gguf"));
        }
        foreach (CpuPrecision precision in Contest.Precisions)
        {
            using CpuLanguageModel model = CpuLanguageModel.Load(work, new CpuModelOptions { Precision = precision });
            model.Save(Path.Combine(work, precision.ToString()));
        }
    }

    private static Dictionary<string, float[]> WeightsOf(TransformerLM model) =>
        model.named_parameters().ToDictionary(item => item.name, item => item.parameter.data<float>().ToArray());

    private static double MeasureReadRate(long bytes, ProcessorKind kind) =>
        double.Parse(
            Contestant.LastLine(Environment.ProcessPath!, ["worker", "read-rate", $"{bytes}", $"{Threads}"], ".", kind),
            CultureInfo.InvariantCulture);

    /// <summary>What llama.cpp generates where it rounds as little as the others do; null where it cannot be run.</summary>
    private static int[]? TokensWithFloat32Cache(string gguf, string npm, ProcessorKind kind)
    {
        try
        {
            return JsonSerializer.Deserialize<int[]>(
                Contestant.LastLine(
                "node", [Path.GetFullPath(Path.Combine(npm, "float32-cache.mjs")), gguf, $"{Worker.PromptLength}", $"{Count}"], npm, kind));
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException or Win32Exception)
        {
            Console.WriteLine($"llama.cpp with a float32 cache failed: {e.Message.Split('\n')[0]}");
            return null;
        }
    }

    private static bool SameTokens(Contestant a, Contestant b) =>
        a.Failure is null && b.Failure is null && a.Rounds[0].Tokens.SequenceEqual(b.Rounds[0].Tokens);

    private static string Report(int rounds, Contest[] contests, int[]? float32Cache)
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
            """);
        if (contests.Length > 1)
            text.AppendLine($"""

                The rows of "{contests[1].Kind.Name}" were measured on this same processor, in the same rounds, with {string.Join(" ", contests[1].Kind.Variables.Select(variable => $"`{variable.Key}={variable.Value}`"))}
                and with none of llama.cpp's backends but the one for AVX2.
                """);
        foreach (Contest contest in contests) WriteTable(text, contest);
        Contest first = contests[0];
        text.AppendLine();
        text.AppendLine(
            $"Greedy tokens in float32: libtorch and `CpuLanguageModel` {Compare(first.Libtorch, first.Managed[0])}, llama.cpp and "
            + $"`CpuLanguageModel` {Compare(first.Llama[0], first.Managed[0])}.");
        string withFloat32Cache = float32Cache is null || first.Managed[0].Failure is not null
            ? NotMeasured : Compare(float32Cache, first.Managed[0].Rounds[0].Tokens);
        text.AppendLine(
            "llama.cpp keeps keys and values in float16 unless told otherwise: with a float32 cache and without flash attention, it and "
            + $"`CpuLanguageModel` {withFloat32Cache}.");
        return text.ToString();
    }

    private static void WriteTable(StringBuilder text, Contest contest)
    {
        text.AppendLine($"""

            ## {char.ToUpperInvariant(contest.Kind.Name[0])}{contest.Kind.Name[1..]}

            | | tokens/s | times libtorch | times llama.cpp | prompt, tokens/s | times llama.cpp | eight at once, tokens/s | load, ms | computed with |
            |---|---|---|---|---|---|---|---|---|
            """);
        foreach (Contestant contestant in contest.All)
        {
            if (contestant.Failure is not null)
            {
                text.AppendLine($"| {contestant.Name} | not measured: {contestant.Failure} | | | | | | | |");
                continue;
            }
            Contestant? peer = contest.PeerOf(contestant) is { Failure: null } measured ? measured : null;
            string Times(double rate, double? other) => other is > 0 ? $"{rate / other:0.00}" : "";
            text.AppendLine(
                $"| {contestant.Name} | {contestant.Rate:N0} ({contestant.BestRate:N0}) | "
                + $"{Times(contestant.Rate, contest.Libtorch.Failure is null ? contest.Libtorch.Rate : null)} "
                + $"| {Times(contestant.Rate, peer?.Rate)} | {contestant.PromptRate:N0} | "
                    + $"{Times(contestant.PromptRate, peer?.PromptRate)} | "
                    + $"{(contestant.BatchRate > 0 ? $"{contestant.BatchRate:N0}" : "")} "
                + $"| {1000 * Median(contestant.Rounds.Select(round => round.LoadSeconds)):0} | {contestant.Rounds[0].InstructionSet} |");
        }
        double far = Median(contest.FarRates), near = Median(contest.NearRates);
        text.AppendLine();
        text.AppendLine($"""
            {Threads} threads read {far / 1e9:0.0} GB/s from a gigabyte, and {near / 1e9:0.0} GB/s over and over from as many bytes as the float32 weights that a token takes,
            {BytesAToken / 1e6:0.0} MB, of which caches hold a part. The first bounds float32 at {far / BytesAToken:N0} tokens/s, of which `CpuLanguageModel` reaches {contest.Managed[0].Rate * BytesAToken / far:0%}; the second at
            {near / BytesAToken:N0}, of which it reaches {contest.Managed[0].Rate * BytesAToken / near:0%}.
            """);
    }

    private static string Compare(Contestant a, Contestant b) =>
        a.Failure is not null || b.Failure is not null ? NotMeasured : Compare(a.Rounds[0].Tokens, b.Rounds[0].Tokens);

    private static string Compare(int[] a, int[] b)
    {
        int same = a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count();
        return same == Count ? $"gave the same {Count}" : $"differ from token {same} on";
    }
}
