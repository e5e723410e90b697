namespace Cs336.Inference;

/// <summary>
/// Changes the logits of a token before it is drawn. One object may serve many sequences at once, from several threads:
/// what it does depends on its arguments alone, so that a sequence is repeatable whatever else is generated beside it.
/// </summary>
public interface ILogitProcessor
{
    /// <summary>Changes the logits in place.</summary>
    /// <param name="history">The prompt and the tokens generated so far.</param>
    /// <param name="logits">Unnormalised log-probabilities, (vocab_size), as the processors before have left them. Negative infinity
    /// rules a token out; neither NaN nor positive infinity may be left.</param>
    void Process(TokenHistory history, Span<float> logits);
}
