using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Benchmarks.Decoding;

/// <summary>What lower precision costs: the mean loss of a trained model on the last part of a token file, in each precision.</summary>
internal static class LossCommand
{
    public static int Run(string modelFolder, string tokenPath, double fraction)
    {
        using TokenFile file = TokenFile.Open(tokenPath);
        int[] tokens = new int[(int)(file.Length * fraction)];
        file.Read(file.Length - tokens.Length, tokens);
        Console.WriteLine($"{tokens.Length:N0} tokens, the last {fraction:0.##%} of {tokenPath}");
        double exact = 0;
        foreach (CpuPrecision precision in Contest.Precisions)
        {
            using CpuLanguageModel model = CpuLanguageModel.Load(modelFolder, new CpuModelOptions { Precision = precision });
            double loss = Loss(model, tokens);
            if (precision == CpuPrecision.Float32) exact = loss;
            Console.WriteLine(
                $"{precision,-9} {loss:0.000000} nats a token, {Math.Round((loss / exact) - 1, 6):+0.0000%;-0.0000%;0.0000%}");
        }
        return 0;
    }

    /// <summary>Windows of one context side by side; the first token of each is not predicted.</summary>
    private static double Loss(CpuLanguageModel model, int[] tokens)
    {
        double sum = 0;
        long count = 0;
        float[] logits = new float[model.ContextLength * model.VocabSize];
        using IKvCache cache = model.CreateCache();
        for (int start = 0; start + 1 < tokens.Length; start += model.ContextLength)
        {
            int length = Math.Min(model.ContextLength, tokens.Length - start - 1);
            cache.Truncate(0);
            model.ForwardEach(cache, tokens.AsMemory(start, length), logits.AsSpan(0, length * model.VocabSize));
            for (int i = 0; i < length; i++, count++)
                sum += CrossEntropy(logits.AsSpan(i * model.VocabSize, model.VocabSize), tokens[start + i + 1]);
        }
        return sum / count;
    }

    private static double CrossEntropy(ReadOnlySpan<float> logits, int target)
    {
        double max = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits) max = Math.Max(max, logit);
        foreach (float logit in logits) sum += Math.Exp(logit - max);
        return max + Math.Log(sum) - logits[target];
    }
}
