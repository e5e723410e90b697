namespace Cs336.Inference;

/// <summary>A pass for one sequence, and the check of a pass's arguments, for every <see cref="ILanguageModel"/>.</summary>
public static class LanguageModelExtensions
{
    /// <summary>Appends tokens to one sequence and computes the logits, (vocab_size), of what may follow.</summary>
    /// <inheritdoc cref="ILanguageModel.Forward" path="/exception"/>
    public static void Forward(this ILanguageModel model, IKvCache cache, ReadOnlyMemory<int> tokens, Span<float> logits)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.Forward([new DecodingInput(cache, tokens)], logits);
    }

    /// <summary>Checks the arguments of <see cref="ILanguageModel.Forward"/>; implementations call it before they touch a cache.</summary>
    /// <inheritdoc cref="ILanguageModel.Forward" path="/exception"/>
    public static void CheckInputs(this ILanguageModel model, ReadOnlySpan<DecodingInput> batch, ReadOnlySpan<float> logits)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (batch.IsEmpty) throw new ArgumentException("The batch is empty: give at least one sequence to advance.");
        long expected = (long)batch.Length * model.VocabSize;
        if (logits.Length != expected)
            throw new ArgumentException(
                $"The logits buffer holds {logits.Length} numbers, but {batch.Length} sequence(s) with vocab_size {model.VocabSize} "
                + $"need {expected}.");
        for (int i = 0; i < batch.Length; i++)
        {
            (IKvCache cache, ReadOnlyMemory<int> tokens) = batch[i];
            if (cache is null) throw new ArgumentException($"Sequence {i} of the batch has no cache: make one with CreateCache.");
            if (tokens.IsEmpty) throw new ArgumentException($"Sequence {i} of the batch has no tokens to append: give at least one.");
            if (cache.Length + (long)tokens.Length > model.ContextLength)
                throw new ArgumentException(
                    $"Sequence {i} of the batch holds {cache.Length} tokens and {tokens.Length} more were given, but context_length is "
                    + $"{model.ContextLength}.");
            foreach (int token in tokens.Span)
                if ((uint)token >= (uint)model.VocabSize)
                    throw new ArgumentException(
                        $"Token id {token} of sequence {i} is outside the vocabulary: ids are 0 to {model.VocabSize - 1}. Was the text "
                        + "encoded with another tokenizer?");
            for (int j = 0; j < i; j++)
                if (ReferenceEquals(batch[j].Cache, cache))
                    throw new ArgumentException($"Sequences {j} and {i} of the batch share one cache: each needs its own.");
        }
    }
}
