using Cs336.Inference;

namespace Soak;

/// <summary>A logit processor that throws after some tokens, or leaves no number to draw from.</summary>
internal sealed class FaultyProcessor(Faults faults) : ILogitProcessor
{
    public void Process(TokenHistory history, Span<float> logits)
    {
        faults.MayThrow("logit processor", 8);
        if (!faults.IsTime(16)) return;
        faults.Count("logit processor that leaves no number");
        logits.Fill(float.NaN);
    }
}
