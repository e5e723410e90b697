namespace Cs336.Inference;

/// <summary>Divides the positive and multiplies the negative logits of tokens that occurred (Keskar et al., 2019, §4.1).</summary>
internal sealed class RepetitionPenalty(double penalty) : ILogitProcessor
{
    private readonly float _penalty = (float)penalty;

    public void Process(TokenHistory history, Span<float> logits)
    {
        foreach (TokenCount count in history.Counts)
        {
            ref float logit = ref logits[count.Id];
            logit = logit > 0 ? logit / _penalty : logit * _penalty;
        }
    }
}
