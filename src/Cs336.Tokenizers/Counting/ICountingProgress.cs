namespace Cs336.Tokenizers;

/// <summary>
/// Is told how far the counting of pre-tokens has come. For one thread at a time, but for <see cref="ThrowIfCancelled"/>.
/// </summary>
internal interface ICountingProgress
{
    /// <summary>The bytes of counts that are in temporary files.</summary>
    long SpilledBytes { set; }

    /// <summary>So many more bytes of text have been counted.</summary>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    void AddBytes(long count);

    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    void ThrowIfCancelled();
}
