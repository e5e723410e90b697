namespace Cs336.Inference;

/// <summary>Rules some tokens out.</summary>
internal sealed class TokenBan(IReadOnlyList<int> ids) : ILogitProcessor
{
    private readonly int[] _ids = [.. ids];

    public void Process(TokenHistory history, Span<float> logits)
    {
        foreach (int id in _ids) logits[id] = float.NegativeInfinity;
    }
}
