namespace Cs336.Inference;

/// <summary>Continues a sequence of token ids: the prompt in one pass, then one token per step through the key/value cache.</summary>
/// <param name="model">Computes what may follow.</param>
public sealed class TokenGenerator(ILanguageModel model)
{
    /// <summary>
    /// The tokens that follow a prompt, each as soon as it is drawn. The last element carries the reason why there are no
    /// more; where a stop token ended the text, that is an element of its own with the stop token's id.
    /// </summary>
    /// <param name="prompt">Token ids, at least one, no more than the context holds.</param>
    /// <param name="options">How to draw. <see cref="GenerationOptions.StopTokens"/> and <see cref="GenerationOptions.StopStrings"/> are
    /// text and not used here: see <see cref="TextGenerator"/>, which takes ids too.</param>
    /// <param name="stopIds">Ids that end the sequence; null for none.</param>
    /// <param name="cancellationToken">Looked at before every token.</param>
    /// <exception cref="ArgumentException">The prompt is empty, too long or holds an id outside the vocabulary, or the options are not
    /// sound: the message lists every problem.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public IEnumerable<GeneratedToken> Generate(
        ReadOnlyMemory<int> prompt, GenerationOptions options, IReadOnlySet<int>? stopIds = null,
        CancellationToken cancellationToken = default)
    {
        GenerationSequence.Check(model, prompt.Span, options); // now, not when the first token is asked for
        return Run(prompt, options with { }, stopIds, cancellationToken);
    }

    private IEnumerable<GeneratedToken> Run(
        ReadOnlyMemory<int> prompt, GenerationOptions options, IReadOnlySet<int>? stopIds, CancellationToken cancellationToken)
    {
        GenerationSequence sequence = new(model, prompt.Span, options, stopIds);
        foreach ((_, GeneratedToken token) in new BatchGenerator(model).Run([sequence], 1, cancellationToken)) yield return token;
    }
}
