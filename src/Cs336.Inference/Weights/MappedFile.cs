using System.IO.MemoryMappedFiles;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>A whole file that is mapped into memory, to be read.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private bool _disposed;

    /// <summary>Maps an open file, not whatever has its name by now; the file may then be closed.</summary>
    public MappedFile(FileStream file)
    {
        _map = MemoryMappedFile.CreateFromFile(
            file, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        try
        {
            _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        }
        catch
        {
            _map.Dispose();
            throw;
        }
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        Start = pointer + _view.PointerOffset;
    }

    /// <summary>Opens a file that is read here, and is perhaps to be mapped.</summary>
    /// <param name="path">Where the file is.</param>
    /// <param name="toBeMapped">Whether other programs are kept from writing to the file meanwhile, where the system can do that.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static FileStream Open(string path, bool toBeMapped) => FileSystem.Current.OpenStream(
        path, FileMode.Open, FileAccess.Read, toBeMapped ? FileShare.Read | FileShare.Delete : FileOperations.ShareAll);

    /// <summary>Where the file begins; valid until this is disposed.</summary>
    public byte* Start { get; }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }
}
