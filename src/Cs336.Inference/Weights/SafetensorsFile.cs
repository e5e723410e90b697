using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>
/// A safetensors file that is open: its header was checked as <see cref="SafetensorsReader"/> does, its tensors are read when they are
/// asked for. Where another program shortens it meanwhile, reading what is missing throws. A file of
/// <see cref="TorchSharpModule"/> can stand for one, as its tensors lie in it in the same way.
/// </summary>
internal sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly Dictionary<string, (SafetensorsEntry Entry, long Offset)> _tensors = [];

    /// <param name="path">Where the file is.</param>
    /// <param name="toBeMapped">Whether other programs are kept from writing to the file meanwhile, where the system can do that.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no sound safetensors file.</exception>
    public SafetensorsFile(string path, bool toBeMapped = false)
        : this(path, toBeMapped, isModule: false)
    {
    }

    private SafetensorsFile(string path, bool toBeMapped, bool isModule)
    {
        Path = path;
        Stream = MappedFile.Open(path, toBeMapped);
        try
        {
            List<(SafetensorsEntry Entry, long Offset)> tensors = isModule ? new TorchSharpModule(Stream, path).Read() : ReadHeader();
            foreach ((SafetensorsEntry entry, long offset) in tensors) _tensors.Add(entry.Name, (entry, offset));
        }
        catch
        {
            Stream.Dispose();
            throw;
        }
    }

    public string Path { get; }

    public FileStream Stream { get; }

    /// <summary>Opens a file of weights, which that of a module is by its name.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not sound.</exception>
    public static SafetensorsFile OfWeights(string path) => new(path, toBeMapped: false, TorchSharpModule.IsOne(path));

    /// <summary>What the file holds, in the order of its bytes.</summary>
    public IEnumerable<SafetensorsEntry> Tensors => _tensors.Values.Select(tensor => tensor.Entry);

    /// <summary>The tensor of a name, or null.</summary>
    public SafetensorsEntry? Find(string name) => _tensors.TryGetValue(name, out var tensor) ? tensor.Entry : null;

    /// <summary>Bytes before a tensor's first element.</summary>
    public long OffsetOf(string name) => _tensors[name].Offset;

    /// <summary>Copies a tensor's elements.</summary>
    /// <exception cref="InvalidDataException">The file has become shorter since it was opened.</exception>
    public void Read(string name, byte* destination)
    {
        const int MaxRead = 1 << 30;
        long length = _tensors[name].Entry.ByteLength;
        for (long done = 0; done < length; done += MaxRead)
            Read(name, done, new Span<byte>(destination + done, (int)Math.Min(MaxRead, length - done)));
    }

    /// <summary>Copies some of a tensor's bytes.</summary>
    /// <param name="name">The tensor, which the file has.</param>
    /// <param name="start">Bytes of the tensor before the first that is wanted.</param>
    /// <param name="destination">Receives as many as it has room for, and the tensor has from there on.</param>
    /// <exception cref="InvalidDataException">The file has become shorter since it was opened.</exception>
    public void Read(string name, long start, Span<byte> destination)
    {
        (SafetensorsEntry entry, long offset) = _tensors[name];
        if (FileOperations.ReadAt(Stream.SafeFileHandle, destination, offset + start) < destination.Length)
            throw new InvalidDataException(
                $"{Path} ends within tensor {entry}: it has become shorter since it was opened. Write weights beside the old ones "
                + "and rename them.");
    }

    public void Dispose() => Stream.Dispose();

    private List<(SafetensorsEntry Entry, long Offset)> ReadHeader()
    {
        SafetensorsReader reader = new(Stream, Path);
        long offset = Stream.Position;
        List<(SafetensorsEntry, long)> tensors = new(reader.Tensors.Count);
        foreach (SafetensorsEntry entry in reader.Tensors)
        {
            tensors.Add((entry, offset));
            offset += entry.ByteLength;
        }
        return tensors;
    }
}
