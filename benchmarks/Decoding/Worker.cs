using System.Diagnostics;
using System.Numerics;
using Cs336.Inference;
using Cs336.Transformer;

namespace Cs336.Benchmarks.Decoding;

/// <summary>Measures one contestant in this process.</summary>
internal static class Worker
{
    public const int PromptLength = 8;
    private const int Passes = 5, LongPrompt = 200, Sequences = 8, BatchSteps = 50;

    public static Measurement Measure(string contestant, string folder, int threads, int count, string llamaLibraries)
    {
        Stopwatch clock = Stopwatch.StartNew();
        ILanguageModel model = Load(contestant, folder, threads, llamaLibraries);
        double load = clock.Elapsed.TotalSeconds;
        using IDisposable owner = (IDisposable)model;
        float[] logits = new float[Sequences * model.VocabSize];

        int[] tokens = Generate(model, logits, count); // warms up
        for (clock.Restart(); clock.Elapsed.TotalSeconds < 1;) Generate(model, logits, count);
        double[] rates = new double[Passes];
        for (int pass = 0; pass < Passes; pass++)
        {
            clock.Restart();
            Generate(model, logits, count);
            rates[pass] = count / clock.Elapsed.TotalSeconds;
        }
        return new Measurement(
            rates, tokens, load, Median(() => Prompt(model, logits)), model is LlamaCpp ? 0 : Median(() => Batch(model, logits)),
            InstructionSetOf(model));
    }

    private static string InstructionSetOf(ILanguageModel model) => model switch
    {
        CpuLanguageModel own => own.InstructionSet,
        LlamaCpp => LlamaCpp.LoadedBackend,
        _ => "",
    };

    private static ILanguageModel Load(string contestant, string folder, int threads, string llamaLibraries)
    {
        if (contestant == "libtorch")
        {
            TransformerLM model = TransformerWeights.LoadModel(
                Path.Combine(folder, "config.json"), Path.Combine(folder, "model.safetensors"));
            TorchSharp.torch.set_num_threads(threads);
            return model;
        }
        if (contestant.EndsWith(".gguf", StringComparison.Ordinal))
        {
            TransformerConfig config = TransformerConfig.Load(Path.Combine(folder, "config.json"));
            return new LlamaCpp(Path.Combine(folder, contestant), llamaLibraries, config.VocabSize, config.ContextLength, threads);
        }
        return CpuLanguageModel.Load(Path.Combine(folder, contestant), new CpuModelOptions { ThreadCount = threads });
    }

    /// <summary>A prompt in one pass, then one token a step, always the likeliest.</summary>
    private static int[] Generate(ILanguageModel model, float[] logits, int count)
    {
        int[] tokens = new int[count];
        using IKvCache cache = model.CreateCache();
        int[] input = [.. Enumerable.Range(1, PromptLength)];
        for (int i = 0; i < count; i++)
        {
            model.Forward(cache, input, logits.AsSpan(0, model.VocabSize));
            tokens[i] = Likeliest(logits.AsSpan(0, model.VocabSize));
            input = [tokens[i]];
        }
        return tokens;
    }

    private static double Prompt(ILanguageModel model, float[] logits)
    {
        using IKvCache cache = model.CreateCache();
        int[] prompt = [.. Enumerable.Range(1, LongPrompt)];
        Stopwatch clock = Stopwatch.StartNew();
        model.Forward(cache, prompt, logits.AsSpan(0, model.VocabSize));
        return LongPrompt / clock.Elapsed.TotalSeconds;
    }

    private static double Batch(ILanguageModel model, float[] logits)
    {
        IKvCache[] caches = [.. Enumerable.Range(0, Sequences).Select(_ => model.CreateCache())];
        Stopwatch clock = Stopwatch.StartNew();
        for (int i = 0; i < BatchSteps; i++)
        {
            DecodingInput[] batch = [.. caches.Select((cache, sequence) => new DecodingInput(cache, new[] { 1 + i + sequence }))];
            model.Forward(batch, logits);
        }
        double seconds = clock.Elapsed.TotalSeconds;
        foreach (IKvCache cache in caches) cache.Dispose();
        return Sequences * BatchSteps / seconds;
    }

    private static double Median(Func<double> measure)
    {
        measure();
        double[] results = [.. Enumerable.Range(0, Passes).Select(_ => measure())];
        Array.Sort(results);
        return results[Passes / 2];
    }

    /// <summary>In registers, because a plain loop over the logits would be a tenth of the fastest contestant's time.</summary>
    private static int Likeliest(ReadOnlySpan<float> logits)
    {
        Vector<float> largest = new(logits);
        int i = Vector<float>.Count;
        for (; i + Vector<float>.Count <= logits.Length; i += Vector<float>.Count)
            largest = Vector.Max(largest, new Vector<float>(logits[i..]));
        float best = logits[0];
        for (int lane = 0; lane < Vector<float>.Count; lane++) best = MathF.Max(best, largest[lane]);
        for (; i < logits.Length; i++) best = MathF.Max(best, logits[i]);
        return logits.IndexOf(best);
    }
}
