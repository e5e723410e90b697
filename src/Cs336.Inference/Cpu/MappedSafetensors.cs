using System.IO.MemoryMappedFiles;

namespace Cs336.Inference;

/// <summary>
/// A safetensors file mapped into memory: nothing is read before it is used, and processes that map one file share its pages.
/// The header is checked as <see cref="SafetensorsReader"/> does, before any of it is believed.
/// </summary>
internal sealed unsafe class MappedSafetensors : IDisposable
{
    private readonly Dictionary<string, (SafetensorsEntry Entry, long Offset)> _tensors = [];
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    /// <summary>Maps a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no sound safetensors file.</exception>
    public MappedSafetensors(string path)
    {
        Path = path;
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        SafetensorsReader reader = new(file, path);
        long offset = file.Position;
        foreach (SafetensorsEntry entry in reader.Tensors)
        {
            _tensors.Add(entry.Name, (entry, offset));
            offset += entry.ByteLength;
        }
        // The map is of the file that was checked, not of whatever has its name by now.
        _map = MemoryMappedFile.CreateFromFile(file, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _start = pointer + _view.PointerOffset;
    }

    public string Path { get; }

    public IEnumerable<SafetensorsEntry> Tensors => _tensors.Values.Select(tensor => tensor.Entry);

    public SafetensorsEntry? Find(string name) => _tensors.TryGetValue(name, out var tensor) ? tensor.Entry : null;

    /// <summary>Where a tensor's elements are; valid until this is disposed.</summary>
    public byte* DataOf(string name) => _start + _tensors[name].Offset;

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }
}
