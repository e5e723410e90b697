namespace Cs336.Inference.Tests;

/// <summary>The sampler's definition, with a full sort and in double precision.</summary>
internal sealed class NaiveSampler(GenerationOptions options)
{
    /// <summary>The probability that each token is drawn.</summary>
    public double[] Probabilities(float[] logits)
    {
        double[] weights = [.. logits.Select(logit => Math.Exp((logit - (double)logits.Max()) / options.Temperature))];
        int[] ranked = [.. Enumerable.Range(0, logits.Length).OrderByDescending(id => logits[id]).ThenBy(id => id)];
        List<int> kept = [.. options.TopK == 0 ? ranked : ranked.Take(options.TopK)];
        double target = options.TopP * kept.Sum(id => weights[id]), sum = 0;
        int count = 0;
        while (count < kept.Count && sum < target) sum += weights[kept[count++]];
        if (options.TopP < 1) kept = kept[..count];
        kept.RemoveAll(id => weights[id] < options.MinP);
        double total = kept.Sum(id => weights[id]);
        return [.. Enumerable.Range(0, logits.Length).Select(id => kept.Contains(id) ? weights[id] / total : 0)];
    }
}
