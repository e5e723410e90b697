using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>
/// A GGUF file that is open: its keys are in memory, its tensors are read when they are asked for. Nothing that the file says is believed
/// before it is checked: counts, lengths, types, shapes and offsets.
/// </summary>
public sealed class GgufFile : IDisposable
{
    private readonly FileStream _stream;
    private readonly GgufHeader _header;

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// It is no sound GGUF file of version 2 or 3, or its tensors have types that are not of <see cref="GgufType"/>; the message names the
    /// value.
    /// </exception>
    public GgufFile(string path)
        : this(path, toBeMapped: false)
    {
    }

    /// <param name="path">Where the file is.</param>
    /// <param name="toBeMapped">Whether other programs are kept from writing to the file meanwhile, where the system can do that.</param>
    internal GgufFile(string path, bool toBeMapped)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = path;
        _stream = MappedFile.Open(path, toBeMapped);
        try
        {
            _header = new GgufHeader(new GgufBytes(_stream, path));
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>
    /// The values of the file's keys: text, numbers and flags in types of .NET, and arrays of them, such as <c>string[]</c>.
    /// </summary>
    public IReadOnlyDictionary<string, object> Keys => _header.Keys;

    /// <summary>What the file holds, in the order of its bytes.</summary>
    public IEnumerable<GgufEntry> Tensors => _header.Tensors.Values.Select(tensor => tensor.Entry);

    /// <summary>The tensor of a name, or null.</summary>
    public GgufEntry? Find(string name) => _header.Tensors.TryGetValue(name, out var tensor) ? tensor.Entry : null;

    /// <summary>Copies some of a tensor's bytes.</summary>
    /// <param name="name">What the file calls the tensor.</param>
    /// <param name="start">How many bytes of it come before them.</param>
    /// <param name="destination">Receives the bytes: as many as it is long.</param>
    /// <exception cref="KeyNotFoundException">There is no tensor of this name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The tensor has fewer bytes.</exception>
    /// <exception cref="InvalidDataException">The file has become shorter since it was opened.</exception>
    public void Read(string name, long start, Span<byte> destination)
    {
        if (!_header.Tensors.TryGetValue(name, out (GgufEntry Entry, long Offset) tensor))
            throw new KeyNotFoundException($"{Path} has no tensor '{name}'.");
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, tensor.Entry.ByteLength - destination.Length);
        if (FileOperations.ReadAt(_stream.SafeFileHandle, destination, tensor.Offset + start) < destination.Length)
            throw new InvalidDataException($"{Path} ends within tensor {tensor.Entry}: it has become shorter since it was opened.");
    }

    /// <summary>Bytes before a tensor's first element.</summary>
    internal long OffsetOf(string name) => _header.Tensors[name].Offset;

    /// <summary>Maps the file; the map stays when the file is closed.</summary>
    internal MappedFile Map() => new(_stream);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();
}
