namespace Cs336.Inference;

/// <summary>Lowers the logits of tokens that were generated: once, and once for each time.</summary>
internal sealed class PresenceAndFrequencyPenalty(double presence, double frequency) : ILogitProcessor
{
    public void Process(TokenHistory history, Span<float> logits)
    {
        foreach (TokenCount count in history.Counts)
            if (count.Generated > 0) logits[count.Id] -= (float)(presence + frequency * count.Generated);
    }
}
