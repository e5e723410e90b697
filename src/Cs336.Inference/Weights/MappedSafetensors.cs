using System.IO.MemoryMappedFiles;

namespace Cs336.Inference;

/// <summary>
/// A safetensors file mapped into memory: nothing is read before it is used, and processes that map one file share its pages.
/// The header is checked as <see cref="SafetensorsReader"/> does, before any of it is believed.
/// </summary>
public sealed unsafe class MappedSafetensors : IDisposable
{
    private readonly Dictionary<string, (SafetensorsEntry Entry, long Offset)> _tensors = [];
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private bool _disposed;

    /// <summary>Maps a file.</summary>
    /// <param name="path">The file. It must not be written to while it is mapped; replacing or deleting it is safe.</param>
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

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What the file holds, in the order of its bytes.</summary>
    public IEnumerable<SafetensorsEntry> Tensors => _tensors.Values.Select(tensor => tensor.Entry);

    /// <summary>The tensor of a name, or null.</summary>
    public SafetensorsEntry? Find(string name) => _tensors.TryGetValue(name, out var tensor) ? tensor.Entry : null;

    /// <summary>A tensor's elements, little-endian and row-major. The memory is the map itself: it must not be touched after <see cref="Dispose"/>.</summary>
    /// <exception cref="KeyNotFoundException">There is no tensor of this name.</exception>
    /// <exception cref="NotSupportedException">The tensor has 2 GiB or more, which no span can hold: read it by <see cref="SafetensorsReader"/>.</exception>
    /// <exception cref="ObjectDisposedException">The file is no longer mapped.</exception>
    public ReadOnlySpan<byte> BytesOf(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        SafetensorsEntry entry = Find(name) ?? throw new KeyNotFoundException($"{Path} has no tensor '{name}'.");
        if (entry.ByteLength > int.MaxValue) throw new NotSupportedException($"Tensor {entry} has {entry.ByteLength} bytes, more than a span can hold: read it in parts by SafetensorsReader.");
        return new ReadOnlySpan<byte>(DataOf(name), (int)entry.ByteLength);
    }

    /// <summary>Where a tensor's elements are; valid until this is disposed.</summary>
    internal byte* DataOf(string name) => _start + _tensors[name].Offset;

    /// <summary>Ends the map.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }
}
