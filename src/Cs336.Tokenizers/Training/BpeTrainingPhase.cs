namespace Cs336.Tokenizers;

/// <summary>The two phases of training.</summary>
public enum BpeTrainingPhase
{
    /// <summary>Reading the text and counting its pre-tokens.</summary>
    Counting,

    /// <summary>Merging the most frequent pair, again and again.</summary>
    Merging,
}
