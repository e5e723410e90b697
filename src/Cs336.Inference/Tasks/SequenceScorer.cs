namespace Cs336.Inference;

/// <summary>
/// The log-probabilities that a model gives to the ends of sequences. The beginning that a sequence shares with the one before it is not
/// computed again. The caller disposes it; the model stays the caller's.
/// </summary>
internal sealed class SequenceScorer(ILanguageModel model) : IDisposable
{
    private readonly IKvCache _cache = model.CreateCache();
    private readonly List<int> _held = [];
    private readonly float[] _logits = new float[model.VocabSize];

    /// <summary>The log-probability of a sequence's tokens from one place on, given those before.</summary>
    /// <param name="tokens">At most one more than the model's context.</param>
    /// <param name="start">Where the scored tokens begin; at least 1.</param>
    /// <returns>Its natural logarithm, and whether each of the tokens is the likeliest at its place.</returns>
    public (double LogProbability, bool IsGreedy) Score(ReadOnlySpan<int> tokens, int start)
    {
        int shared = 0, maxShared = Math.Min(_held.Count, start - 1); // at least one token must pass, to give the logits
        while (shared < maxShared && _held[shared] == tokens[shared]) shared++;
        _cache.Truncate(shared);
        _held.RemoveRange(shared, _held.Count - shared);
        double sum = 0;
        bool isGreedy = true;
        for (int i = start; i < tokens.Length; i++)
        {
            int[] added = tokens[_held.Count..i].ToArray();
            model.Forward(_cache, added, _logits);
            _held.AddRange(added);
            (double logProbability, bool isLikeliest) = ReadLogits(tokens[i]);
            sum += logProbability;
            isGreedy &= isLikeliest;
        }
        return (sum, isGreedy);
    }

    /// <summary>Releases the cache.</summary>
    public void Dispose() => _cache.Dispose();

    private (double LogProbability, bool IsLikeliest) ReadLogits(int token)
    {
        float max = float.NegativeInfinity;
        int likeliest = 0;
        for (int id = 0; id < _logits.Length; id++)
            if (_logits[id] > max) (max, likeliest) = (_logits[id], id);
        double sum = 0;
        foreach (float logit in _logits) sum += Math.Exp(logit - max);
        return (_logits[token] - max - Math.Log(sum), token == likeliest);
    }
}
