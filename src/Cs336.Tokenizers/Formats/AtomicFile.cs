namespace Cs336.Tokenizers;

/// <summary>
/// Writes a file beside its place and puts it there when it is whole and on the disk: a reader sees the old file or the
/// new one, never half of one, even after a power cut.
/// </summary>
internal sealed class AtomicFile : IDisposable
{
    private readonly string _path;
    private readonly string _partialPath;
    private bool _committed;

    public AtomicFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.GetFullPath(path);
        _partialPath = _path + ".partial";
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        Stream = new FileStream(_partialPath, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16);
    }

    public FileStream Stream { get; }

    /// <summary>Puts the file in its place. Without this call <see cref="Dispose"/> removes what was written.</summary>
    public void Commit()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        File.Move(_partialPath, _path, overwrite: true);
        _committed = true;
        DirectorySync.Flush(Path.GetDirectoryName(_path)!);
    }

    public void Dispose()
    {
        Stream.Dispose();
        if (!_committed) File.Delete(_partialPath);
    }
}
