namespace Cs336.Tokenizers;

/// <summary>How far <see cref="TokenizerExtensions.EncodeFile"/> has come.</summary>
/// <param name="BytesRead">Bytes of the file encoded so far.</param>
/// <param name="BytesTotal">Bytes of the file.</param>
/// <param name="TokensWritten">Ids written so far.</param>
/// <param name="TextBytes">
/// Bytes of UTF-8 encoded so far: as many as of the file, less its byte order mark, unless the file is in another encoding.
/// </param>
public readonly record struct EncodingProgress(long BytesRead, long BytesTotal, long TokensWritten, long TextBytes);
