namespace Cs336.Inference;

/// <summary>Keeps the model's own log-probabilities, from the logits before processors change them.</summary>
internal sealed class LogProbabilityReader(int alternatives, int vocabSize)
{
    private readonly int _alternatives = Math.Min(alternatives, vocabSize);
    private readonly float[] _logits = new float[vocabSize];
    private readonly ulong[] _keys = new ulong[alternatives > 0 ? vocabSize : 0];
    private double _logSum;

    /// <summary>Remembers the logits.</summary>
    public void Take(ReadOnlySpan<float> logits)
    {
        logits.CopyTo(_logits);
        float max = float.NegativeInfinity;
        foreach (float logit in logits) max = MathF.Max(max, logit);
        double sum = 0;
        foreach (float logit in logits) sum += Math.Exp(logit - max);
        _logSum = max + Math.Log(sum);
    }

    /// <summary>The log-probabilities of the token that was drawn and of the likeliest ones.</summary>
    public TokenLogProbabilities Of(int drawn)
    {
        TokenProbability[] likeliest = new TokenProbability[_alternatives];
        if (_alternatives > 0)
        {
            for (int id = 0; id < _keys.Length; id++) _keys[id] = RankSelection.KeyOf(_logits[id], id);
            RankSelection.TakeCount(_keys, _alternatives);
            Span<ulong> taken = _keys.AsSpan(0, _alternatives);
            taken.Sort();
            taken.Reverse();
            for (int i = 0; i < likeliest.Length; i++) likeliest[i] = ProbabilityOf(RankSelection.IndexOf(taken[i]));
        }
        return new TokenLogProbabilities(ProbabilityOf(drawn), likeliest);
    }

    private TokenProbability ProbabilityOf(int id) => new(id, _logits[id] - _logSum);
}
