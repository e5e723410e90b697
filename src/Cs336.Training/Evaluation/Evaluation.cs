namespace Cs336.Training;

/// <summary>How well a model predicts a text.</summary>
/// <param name="Loss">Mean cross-entropy in nats per token.</param>
/// <param name="BitsPerByte">The same in bits per byte of text, which compares across tokenizers; null where the bytes are unknown.</param>
/// <param name="Tokens">How many tokens were predicted.</param>
public readonly record struct Evaluation(double Loss, double? BitsPerByte, long Tokens)
{
    /// <summary>exp(loss): among how many equally likely tokens the model hesitates.</summary>
    public double Perplexity => Math.Exp(Loss);
}
