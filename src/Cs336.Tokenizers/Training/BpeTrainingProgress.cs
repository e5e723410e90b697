namespace Cs336.Tokenizers;

/// <summary>How far training has come.</summary>
/// <param name="Phase">What it is at.</param>
/// <param name="BytesRead">Bytes of text read so far.</param>
/// <param name="BytesTotal">Bytes of text in all, or null where the input does not tell its length.</param>
/// <param name="MergesDone">Merges made so far.</param>
/// <param name="MergesTotal">Merges asked for.</param>
/// <param name="Elapsed">Time since training began.</param>
/// <param name="Remaining">An estimate of the time left in this phase, or null where there is no ground for one yet.</param>
public readonly record struct BpeTrainingProgress(
    BpeTrainingPhase Phase, long BytesRead, long? BytesTotal, int MergesDone, int MergesTotal, TimeSpan Elapsed, TimeSpan? Remaining)
{
    /// <summary>Bytes of counts that went to temporary files, as <see cref="BpeTrainerOptions.MemoryBudget"/> asks.</summary>
    public long SpilledBytes { get; init; }

    /// <summary>
    /// The number of distinct pre-tokens left out to stay within <see cref="BpeTrainerOptions.MemoryBudget"/>; known once merging
    /// starts.
    /// </summary>
    public long PrunedPreTokens { get; init; }

    /// <summary>Pre-tokens that stand in the corpus less often than this were left out; 1 where none were.</summary>
    public long MinPreTokenCount { get; init; } = 1;
}
