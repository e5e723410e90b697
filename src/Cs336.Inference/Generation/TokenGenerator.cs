namespace Cs336.Inference;

/// <summary>Continues a sequence of token ids: the prompt in one pass, then one token a step through the key/value cache.</summary>
/// <param name="model">The language model.</param>
public sealed class TokenGenerator(ILanguageModel model)
{
    /// <summary>
    /// The tokens that follow a prompt, each as soon as it is drawn. The last element carries the reason why there are no
    /// more; where a stop token ended the text, that is an element of its own with the stop token's id.
    /// </summary>
    /// <param name="prompt">Token ids, at least one, no more than the context holds.</param>
    /// <param name="options">How to draw. <see cref="GenerationOptions.StopTokens"/> is text and not used here.</param>
    /// <param name="stopIds">Ids that end the sequence.</param>
    /// <param name="cancellationToken">Looked at before every token.</param>
    /// <exception cref="ArgumentException">The prompt is empty, too long or holds an id outside the vocabulary, or the options are not sound.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public IEnumerable<GeneratedToken> Generate(
        ReadOnlyMemory<int> prompt, GenerationOptions options, IReadOnlySet<int> stopIds, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(stopIds);
        options.Validate();
        if (prompt.IsEmpty) throw new ArgumentException("The prompt is empty: give at least one token to continue from.");
        if (prompt.Length > model.ContextLength)
            throw new ArgumentException($"The prompt has {prompt.Length} tokens, but context_length is {model.ContextLength}: shorten the prompt.");
        return Run(prompt, options, stopIds, cancellationToken);
    }

    private IEnumerable<GeneratedToken> Run(
        ReadOnlyMemory<int> prompt, GenerationOptions options, IReadOnlySet<int> stopIds, CancellationToken cancellationToken)
    {
        SeededRandom random = new(options.Seed ?? (ulong)Random.Shared.NextInt64());
        Sampler sampler = new(options, random);
        float[] logits = new float[model.VocabSize];
        int[] next = new int[1];
        using IKvCache cache = model.CreateCache();
        ReadOnlyMemory<int> input = prompt;
        for (int count = 1; ; count++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            model.Forward(cache, input, logits);
            next[0] = sampler.Sample(logits);
            FinishReason? finish =
                stopIds.Contains(next[0]) ? FinishReason.StopToken
                : count == options.MaxNewTokens ? FinishReason.MaxNewTokens
                : cache.Length >= model.ContextLength ? FinishReason.ContextFull
                : null;
            yield return new GeneratedToken(next[0], finish);
            if (finish is not null) yield break;
            input = next;
        }
    }
}
