using Cs336.Inference;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>
/// Measures a model of the managed engine, of whatever precision, on the windows that <see cref="Evaluator"/> measures one of libtorch on.
/// </summary>
internal static class ManagedEvaluation
{
    private const int MaxAtOnce = 64; // tokens whose logits are held

    /// <param name="model">The model.</param>
    /// <param name="data">The tokens.</param>
    /// <param name="length">Tokens per window.</param>
    /// <param name="maxTokens">Roughly the most tokens to predict; at least one window is used.</param>
    /// <param name="tokenByteLengths">Bytes of text that each id stands for; null to leave out bits per byte.</param>
    /// <param name="stopping">Looked at before every window.</param>
    public static Evaluation Measure(
        CpuLanguageModel model, TokenDataset data, int length, long maxTokens, IReadOnlyList<int>? tokenByteLengths,
        CancellationToken stopping)
    {
        if (data.Length < length + 1L)
            throw new ArgumentException($"{data.Path} has {data.Length} tokens to validate on, but windows of {length} and the token after "
                + $"them need {length + 1L}: use a shorter context or more text.");
        long windows = Math.Clamp(maxTokens / length, 1, (data.Length - 1) / length), bytes = 0;
        int[] tokens = new int[length + 1];
        float[] logits = new float[Math.Min(length, MaxAtOnce) * model.VocabSize];
        using IKvCache cache = model.CreateCache();
        double nats = 0;
        for (long window = 0; window < windows; window++)
        {
            stopping.ThrowIfCancellationRequested();
            data.Read(window * length, tokens);
            foreach (int id in tokens)
                if ((uint)id >= (uint)model.VocabSize)
                    throw new InvalidDataException(
                        $"{data.Path} holds the id {id}, but the model knows 0 to {model.VocabSize - 1}: use the tokenizer of the model.");
            cache.Truncate(0);
            for (int done = 0; done < length; done += MaxAtOnce)
            {
                int count = Math.Min(MaxAtOnce, length - done);
                model.ForwardEach(cache, tokens.AsMemory(done, count), logits.AsSpan(0, count * model.VocabSize));
                for (int i = 0; i < count; i++)
                    nats += Surprise(logits.AsSpan(i * model.VocabSize, model.VocabSize), tokens[done + i + 1]);
            }
            if (tokenByteLengths is not null)
                foreach (int id in tokens.AsSpan(1)) bytes += tokenByteLengths[id];
        }
        return new Evaluation(nats / (windows * length), bytes > 0 ? nats / Math.Log(2) / bytes : null, windows * length);
    }

    /// <summary>Minus the logarithm of a token's probability.</summary>
    private static double Surprise(ReadOnlySpan<float> logits, int target)
    {
        float largest = float.NegativeInfinity;
        foreach (float logit in logits) largest = MathF.Max(largest, logit);
        double sum = 0;
        foreach (float logit in logits) sum += Math.Exp(logit - largest);
        return Math.Log(sum) + largest - logits[target];
    }
}
