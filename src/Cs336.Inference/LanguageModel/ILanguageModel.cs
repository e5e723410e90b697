namespace Cs336.Inference;

/// <summary>
/// A causal language model as generation sees it: tokens in, logits of the next token out, with a key/value cache for each
/// sequence so that every token is computed once. Implementations need not accept calls from several threads at once.
/// </summary>
public interface ILanguageModel
{
    /// <summary>Number of token ids, and of logits per sequence.</summary>
    int VocabSize { get; }

    /// <summary>The most tokens that one sequence can hold.</summary>
    int ContextLength { get; }

    /// <summary>A cache for a new, empty sequence of up to <see cref="ContextLength"/> tokens; the caller disposes it.</summary>
    IKvCache CreateCache();

    /// <summary>
    /// Appends tokens to one or more sequences and computes what may follow each of them.
    /// A sequence's input may be a whole prompt, or the one token generated last.
    /// </summary>
    /// <param name="batch">The sequences to advance, B of them, each with its own cache made by this model, each cache once.</param>
    /// <param name="logits">Receives B rows of <see cref="VocabSize"/> unnormalised log-probabilities: those after the last token of each
    /// input.</param>
    /// <exception cref="ArgumentException">An input is empty, holds an id outside the vocabulary or does not fit into what is left of
    /// its context, or <paramref name="logits"/> has another size. Nothing was computed and no cache changed.</exception>
    void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits);
}
