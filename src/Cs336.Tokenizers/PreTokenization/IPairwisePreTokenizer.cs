namespace Cs336.Tokenizers;

/// <summary>A pre-tokenizer whose safe cuts the two code points around them tell.</summary>
internal interface IPairwisePreTokenizer : IPreTokenizer
{
    /// <summary>
    /// Whether a pre-token ends between two code points wherever they stand next to each other, and each side is cut alike by itself.
    /// </summary>
    bool IsCut(int first, int second);
}
