namespace Cs336.Tokenizers;

/// <summary>A pre-tokenizer whose safe cuts can be told from the two code points around them alone.</summary>
internal interface IPairwisePreTokenizer : IPreTokenizer
{
    /// <summary>
    /// Whether a pre-token ends between two code points wherever they stand next to each other, so that the text before and the text
    /// after can be cut into pre-tokens separately.
    /// </summary>
    bool IsCut(int first, int second);
}
