namespace Cs336.Tokenizers;

/// <summary>
/// Is told how far the counting of pre-tokens has come, by one thread at a time; only <see cref="ThrowIfCancelled"/> may be called by
/// several at once.
/// </summary>
internal interface ICountingProgress
{
    /// <summary>The bytes of counts that are in temporary files.</summary>
    long SpilledBytes { set; }

    /// <summary>Adds to the bytes of text that have been counted.</summary>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    void AddBytes(long count);

    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    void ThrowIfCancelled();
}
