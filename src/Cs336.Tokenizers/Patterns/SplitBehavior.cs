namespace Cs336.Tokenizers;

/// <summary>What becomes of a pattern's matches and of what lies between them; the names are Hugging Face's.</summary>
internal enum SplitBehavior
{
    /// <summary>Each match and each gap is a pre-token.</summary>
    Isolated,

    /// <summary>A gap and the match after it are one; a match right after another is one by itself.</summary>
    MergedWithPrevious,

    /// <summary>A match and the gap after it are one.</summary>
    MergedWithNext,

    /// <summary>Matches that follow each other are one, and each gap is.</summary>
    Contiguous,
}
