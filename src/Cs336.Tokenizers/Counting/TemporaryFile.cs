namespace Cs336.Tokenizers;

/// <summary>Files for what does not fit into memory.</summary>
internal static class TemporaryFile
{
    /// <summary>Makes an empty file, which vanishes when it is closed or the process ends.</summary>
    /// <param name="bufferSize">Bytes that the stream buffers; 0 for a caller that buffers by itself.</param>
    public static FileStream Create(int bufferSize)
    {
        string path = Path.Combine(Path.GetTempPath(), $"bpe-{Guid.NewGuid():N}.tmp");
        return new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose, BufferSize = bufferSize,
        });
    }
}
