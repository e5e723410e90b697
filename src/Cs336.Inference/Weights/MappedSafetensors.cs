namespace Cs336.Inference;

/// <summary>
/// A safetensors file mapped into memory: nothing is read before it is used, and processes that map one file share its pages.
/// The header is checked as <see cref="SafetensorsReader"/> does, before any of it is believed.
/// </summary>
public sealed unsafe class MappedSafetensors : IDisposable
{
    private readonly SafetensorsFile _file;
    private readonly MappedFile _map;
    private bool _disposed;

    /// <summary>Maps a file.</summary>
    /// <param name="path">
    /// The file. It must not be written to or shortened in place while it is mapped: where it has become shorter, reading it ends the
    /// process. Replacing or deleting it is safe.
    /// </param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no sound safetensors file.</exception>
    public MappedSafetensors(string path)
        : this(new SafetensorsFile(path, toBeMapped: true))
    {
    }

    /// <summary>Maps a file that was checked, not whatever has its name by now; takes it over.</summary>
    internal MappedSafetensors(SafetensorsFile file)
    {
        _file = file;
        using (file) _map = new MappedFile(file.Stream);
    }

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>What the file holds, in the order of its bytes.</summary>
    public IEnumerable<SafetensorsEntry> Tensors => _file.Tensors;

    /// <summary>The tensor of a name, or null.</summary>
    public SafetensorsEntry? Find(string name) => _file.Find(name);

    /// <summary>
    /// A tensor's elements, little-endian and row-major. The memory is the map itself: it must not be touched after
    /// <see cref="Dispose"/>.
    /// </summary>
    /// <exception cref="KeyNotFoundException">There is no tensor of this name.</exception>
    /// <exception cref="NotSupportedException">The tensor has 2 GiB or more, which no span can hold: read it by
    /// <see cref="SafetensorsReader"/>.</exception>
    /// <exception cref="ObjectDisposedException">The file is no longer mapped.</exception>
    public ReadOnlySpan<byte> BytesOf(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        SafetensorsEntry entry = Find(name) ?? throw new KeyNotFoundException($"{Path} has no tensor '{name}'.");
        if (entry.ByteLength > int.MaxValue)
            throw new NotSupportedException(
                $"Tensor {entry} has {entry.ByteLength} bytes, more than a span can hold: read it in parts by SafetensorsReader.");
        return new ReadOnlySpan<byte>(DataOf(name), (int)entry.ByteLength);
    }

    /// <summary>Where a tensor's elements are; valid until this is disposed.</summary>
    internal byte* DataOf(string name) => _map.Start + _file.OffsetOf(name);

    /// <summary>Ends the map.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _map.Dispose();
    }
}
