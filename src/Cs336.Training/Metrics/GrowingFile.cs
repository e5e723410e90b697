using Cs336.Tokenizers;
using Microsoft.Win32.SafeHandles;

namespace Cs336.Training;

/// <summary>
/// A file that grows by whole records, each handed to the system at once. One that cannot be written, as on a full disk, leaves no
/// half of it, and is kept and goes out with the next.
/// </summary>
internal sealed class GrowingFile : IDisposable
{
    private const int MaxWaitingBytes = 1 << 20; // beyond them the oldest records are given up
    private readonly SafeFileHandle _file;
    private readonly Queue<byte[]> _waiting = [];
    private long _length; // of the whole records in the file
    private int _waitingBytes;

    /// <summary>Opens a file at its end.</summary>
    public GrowingFile(string path, FileMode mode)
    {
        _file = FileOperations.OpenHandle(path, mode, FileAccess.Write, FileOperations.ShareAll);
        _length = RandomAccess.GetLength(_file);
    }

    /// <summary>What could not be written yet, oldest first.</summary>
    public IEnumerable<byte[]> Waiting => _waiting;

    /// <summary>Writes what waits, and then a record.</summary>
    /// <exception cref="IOException">There is no room; the record waits.</exception>
    public void Append(byte[] record)
    {
        _waiting.Enqueue(record);
        _waitingBytes += record.Length;
        while (_waitingBytes > MaxWaitingBytes) RemoveOldest();
        WriteOut();
    }

    /// <summary>Tries once more to write what waits, and closes the file.</summary>
    public void Dispose()
    {
        if (_file.IsClosed) return;
        try
        {
            if (_waiting.Count > 0) WriteOut();
        }
        catch (IOException)
        {
            // Whoever appended the records was told that they cannot be written.
        }
        _file.Dispose();
    }

    private void WriteOut()
    {
        try
        {
            while (_waiting.TryPeek(out byte[]? record))
            {
                RandomAccess.Write(_file, record, _length);
                _length += record.Length;
                RemoveOldest();
            }
        }
        finally
        {
            if (RandomAccess.GetLength(_file) > _length) RandomAccess.SetLength(_file, _length); // half a record
        }
    }

    private void RemoveOldest() => _waitingBytes -= _waiting.Dequeue().Length;
}
