namespace Cs336.Vocabularies;

/// <summary>
/// Whether a tokenizer can be a model's. Well-known models have a few hundred ids more than their tokenizers, whose number was rounded up
/// to one that matrices are fast with: those stand for no text and are never drawn.
/// </summary>
internal static class VocabularyFit
{
    private const int IdsPerUnused = 100; // at most one id in a hundred stands for no text

    /// <summary>Whether the model knows all ids of the tokenizer, and hardly any other.</summary>
    public static bool Fits(int tokenizerSize, int modelSize) =>
        tokenizerSize <= modelSize && modelSize - tokenizerSize <= modelSize / IdsPerUnused;

    /// <summary>What is wrong, in words.</summary>
    public static string Problem(int tokenizerSize, int modelSize) =>
        $"The tokenizer has {tokenizerSize} tokens, but the model's vocab_size is {modelSize}: "
        + "use the tokenizer that the model was trained with.";
}
