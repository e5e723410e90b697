namespace Cs336.Training;

/// <summary>How well a model predicts a text with its tokenizer, in a measure that vocabularies of any size have in common.</summary>
/// <param name="BitsPerByte">
/// The bits that the model needs for the text, over the text's bytes in UTF-8: what a compressor with this model would write for a byte.
/// </param>
/// <param name="Bytes">How many bytes were predicted.</param>
/// <param name="Loss">Mean cross-entropy in nats per token, which does not compare across tokenizers.</param>
/// <param name="Tokens">How many tokens were predicted.</param>
public readonly record struct TextEvaluation(double BitsPerByte, long Bytes, double Loss, long Tokens)
{
    /// <summary>exp(loss): among how many equally likely tokens the model hesitates.</summary>
    public double Perplexity => Math.Exp(Loss);
}
