namespace Cs336.Inference;

/// <summary>
/// Advances several sequences of different lengths by one token each in one pass of a model. Between two steps sequences may
/// join and leave: each step takes whichever are given to it. Not safe for use by several threads at once.
/// </summary>
/// <param name="model">The language model, on which all the sequences were begun.</param>
public sealed class BatchGenerator(ILanguageModel model)
{
    private DecodingInput[] _inputs = [];
    private float[] _logits = [];
    private int _count;

    /// <summary>Computes what may follow each sequence; <see cref="Logits"/> then has it.</summary>
    /// <param name="sequences">Sequences that have not ended, each once.</param>
    /// <exception cref="ArgumentException">There are none, or one occurs twice or was begun on another model.</exception>
    public void Forward(IReadOnlyList<GenerationSequence> sequences)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        _count = 0;
        if (_inputs.Length < sequences.Count) _inputs = new DecodingInput[sequences.Count];
        if (_logits.Length < (long)sequences.Count * model.VocabSize) _logits = new float[sequences.Count * model.VocabSize];
        try
        {
            for (int i = 0; i < sequences.Count; i++) _inputs[i] = sequences[i].Pending;
            model.Forward(_inputs.AsSpan(0, sequences.Count), _logits.AsSpan(0, sequences.Count * model.VocabSize));
            _count = sequences.Count;
        }
        finally
        {
            Array.Clear(_inputs); // holds no cache of a sequence that leaves
        }
    }

    /// <summary>
    /// The logits, (vocab_size), of the sequence at an index of the last <see cref="Forward"/>: for its
    /// <see cref="GenerationSequence.Accept"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There was no such sequence.</exception>
    public Span<float> Logits(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _count);
        return _logits.AsSpan(index * model.VocabSize, model.VocabSize);
    }

    /// <summary>Advances each sequence by one token.</summary>
    /// <param name="sequences">Sequences that have not ended, each once.</param>
    /// <param name="tokens">Receives the token drawn for each.</param>
    /// <exception cref="ArgumentException">There are no sequences, one occurs twice or was begun on another model, or there is no place
    /// for each one's token.</exception>
    public void Step(IReadOnlyList<GenerationSequence> sequences, Span<GeneratedToken> tokens)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        if (tokens.Length != sequences.Count)
            throw new ArgumentException($"There is place for {tokens.Length} tokens, but {sequences.Count} sequences draw one each.");
        Forward(sequences);
        for (int i = 0; i < tokens.Length; i++) tokens[i] = sequences[i].Accept(Logits(i));
    }

    /// <summary>
    /// The loop that every generator of this package runs on: advances sequences to their ends, several in one pass; when one ends, the
    /// next takes its place. All caches are given back at the end, also when the caller stops reading before it.
    /// </summary>
    /// <param name="sequences">Sequences that have not begun; the caller may end one between two tokens.</param>
    /// <param name="batchSize">The largest number of sequences in one pass.</param>
    /// <param name="cancellationToken">Looked at before every pass.</param>
    /// <returns>Each token as soon as it is drawn, with the index of its sequence.</returns>
    internal IEnumerable<(int Index, GeneratedToken Token)> Run(
        IReadOnlyList<GenerationSequence> sequences, int batchSize, CancellationToken cancellationToken)
    {
        try
        {
            List<int> running = [];
            for (int begun = 0; begun < sequences.Count || running.Count > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                while (running.Count < batchSize && begun < sequences.Count) running.Add(begun++);
                Forward([.. running.Select(index => sequences[index])]);
                for (int i = 0; i < running.Count; i++) yield return (running[i], sequences[running[i]].Accept(Logits(i)));
                foreach (int index in running)
                    if (sequences[index].FinishReason is not null) sequences[index].Dispose();
                running.RemoveAll(index => sequences[index].FinishReason is not null);
            }
        }
        finally
        {
            foreach (GenerationSequence sequence in sequences) sequence.Dispose();
        }
    }
}
