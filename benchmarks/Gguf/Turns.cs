using System.Diagnostics;
using Cs336.Inference;

namespace Cs336.Benchmarks.Gguf;

/// <summary>One file in both engines, in one process, a short text of each in turns, so that a busy moment hits both.</summary>
internal static class Turns
{
    private const int NewTokens = 24, Prompt = 128, PromptEvery = 4;

    /// <summary>What came of it: tokens per second, medians, and medians of the ratios of neighbours.</summary>
    public sealed record Result(double Ours, double Theirs, double Ratio, double OurPrompt, double TheirPrompt, double PromptRatio);

    public static Result Run(string path, int threads, int rounds)
    {
        CpuModelOptions options = new() { MapWeights = true, ThreadCount = threads };
        using CpuLanguageModel ours = CpuLanguageModel.Load(path, options);
        using LlamaCpp theirs = new(path, threads, ours.ContextLength);
        using IKvCache cache = ours.CreateCache();
        float[] logits = new float[ours.VocabSize];
        List<(double Ours, double Theirs)> texts = [], prompts = [];
        for (int round = -2; round < rounds; round++) // the first two warm up
        {
            (double, double) text = (Text(Own, Clear), Text(Other, theirs.Clear));
            if (round >= 0) texts.Add(text);
            if (round >= 0 && round % PromptEvery != 0) continue;
            (double, double) prompt = (Long(Own, Clear), Long(Other, theirs.Clear));
            if (round >= 0) prompts.Add(prompt);
        }
        return new Result(
            Median(texts.Select(text => text.Ours)), Median(texts.Select(text => text.Theirs)),
            Median(texts.Select(text => text.Ours / text.Theirs)),
            Median(prompts.Select(prompt => prompt.Ours)), Median(prompts.Select(prompt => prompt.Theirs)),
            Median(prompts.Select(prompt => prompt.Ours / prompt.Theirs)));

        void Clear() => cache.Truncate(0);
        void Own(int[] tokens) => ours.Forward(cache, tokens, logits);
        void Other(int[] tokens) => theirs.Forward(tokens);
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    /// <summary>Single tokens after a short prompt, which is not counted.</summary>
    private static double Text(Action<int[]> forward, Action clear)
    {
        clear();
        forward([1, 2, 3, 4]);
        Stopwatch clock = Stopwatch.StartNew();
        for (int i = 0; i < NewTokens; i++) forward([5 + i]);
        return NewTokens / clock.Elapsed.TotalSeconds;
    }

    private static double Long(Action<int[]> forward, Action clear)
    {
        clear();
        int[] tokens = [.. Enumerable.Range(1, Prompt)];
        Stopwatch clock = Stopwatch.StartNew();
        forward(tokens);
        return Prompt / clock.Elapsed.TotalSeconds;
    }
}
