namespace Cs336.Inference;

/// <summary>Adds to the logits of some tokens.</summary>
internal sealed class LogitBias(IReadOnlyDictionary<int, double> biases) : ILogitProcessor
{
    private readonly KeyValuePair<int, double>[] _biases = [.. biases];

    public void Process(TokenHistory history, Span<float> logits)
    {
        foreach ((int id, double bias) in _biases) logits[id] += (float)bias;
    }
}
