namespace Cs336.Tokenizers;

/// <summary>How far <see cref="TokenizerExtensions.EncodeFile"/> has come.</summary>
/// <param name="BytesRead">Bytes of text encoded so far.</param>
/// <param name="BytesTotal">Bytes of text in the file.</param>
/// <param name="TokensWritten">Ids written so far.</param>
public readonly record struct EncodingProgress(long BytesRead, long BytesTotal, long TokensWritten);
