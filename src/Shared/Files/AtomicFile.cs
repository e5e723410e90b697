using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>
/// Writes a file beside its place and puts it there when it is whole and on the disk: a reader sees the old file or the
/// new one, never half of one, even after a power cut.
/// </summary>
internal sealed class AtomicFile : IDisposable
{
    private readonly string _path;
    private readonly string _partialPath;
    private readonly SafeFileHandle _handle;
    private Task _flush = Task.CompletedTask;
    private bool _finished, _committed;

    public AtomicFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.GetFullPath(path);
        _partialPath = _path + ".partial";
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        _handle = FileOperations.OpenHandle(_partialPath, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        Stream = new FileStream(_handle, FileAccess.ReadWrite, bufferSize: 1 << 16);
    }

    public FileStream Stream { get; }

    /// <summary>
    /// Begins to flush to the disk, in the background, what <see cref="Stream"/> has handed to the system, unless that is
    /// being done already: so <see cref="Commit"/> has less to wait for.
    /// </summary>
    /// <remarks>
    /// What the stream still buffers stays there: writing out a part of a buffer would leave all later writes out of step with the system's
    /// pages.
    /// </remarks>
    /// <exception cref="IOException">What was written earlier could not be flushed to the disk.</exception>
    public void StartFlush()
    {
        if (!_flush.IsCompleted) return;
        // A disk may tell of an error only once, so none may be lost.
        _flush.GetAwaiter().GetResult();
        _flush = Task.Run(() => RandomAccess.FlushToDisk(_handle));
    }

    /// <summary>
    /// Flushes all that was written to the disk, so that <see cref="Commit"/> has nothing left to do that may fail for want of room.
    /// </summary>
    public void Finish()
    {
        if (_finished) return;
        _flush.GetAwaiter().GetResult();
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        _finished = true;
    }

    /// <summary>Puts the file in its place. Without this call <see cref="Dispose"/> removes what was written.</summary>
    /// <exception cref="IOException">Another program keeps the old file, on Windows; it is as it was.</exception>
    public void Commit()
    {
        Finish();
        FileOperations.Replace(_partialPath, _path);
        _committed = true;
        DirectorySync.Flush(Path.GetDirectoryName(_path)!);
    }

    public void Dispose()
    {
        // The file stays open as long as it is flushed; whether that fails matters no more.
        Task.WhenAny(_flush).Wait();
        if (_committed) return;
        // On a full disk the stream fails once more to write what it holds. Such errors are dropped: nobody wants what was written, and
        // whoever disposes of it without a commit has an error of its own to report.
        Ignore(Stream.Dispose);
        Ignore(_handle.Dispose);
        Ignore(() => FileOperations.Delete(_partialPath));
    }

    private static void Ignore(Action close)
    {
        try
        {
            close();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }
}
