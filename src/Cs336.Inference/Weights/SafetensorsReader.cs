using System.Buffers.Binary;

namespace Cs336.Inference;

/// <summary>
/// Reads a safetensors file from a stream, once through, tensor by tensor in the order of the file; the stream need not seek.
/// Nothing that the file says is believed before it is checked: counts, names, offsets and shapes.
/// </summary>
public sealed class SafetensorsReader
{
    private readonly Stream _source;
    private readonly string _name;
    private int _next;
    private long _left;

    /// <summary>Reads and checks the header.</summary>
    /// <param name="source">The file's bytes from its beginning; stays its owner's.</param>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="InvalidDataException">The header is truncated, malformed, or describes tensors that overlap, leave gaps, share a
    /// name or have sizes that do not fit their shapes.</exception>
    public SafetensorsReader(Stream source, string name)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentException.ThrowIfNullOrEmpty(name);
        _source = source;
        _name = name;
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        ReadExactly(prefix, "header length");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length is < 2 or > SafetensorsHeader.MaxBytes)
            throw new InvalidDataException(
                $"{name} says that its header has {length} bytes; a safetensors header has 2 to {SafetensorsHeader.MaxBytes}. Is it "
                + "another kind of file?");
        if (source.CanSeek && (long)length > source.Length - source.Position)
            throw new InvalidDataException(
                $"{name} says that its header has {length} bytes, but only {source.Length - source.Position} follow: the file is "
                + "truncated.");
        Tensors = SafetensorsHeader.Parse(ReadHeader((int)length), name);
        long elements = Tensors.Sum(tensor => tensor.ByteLength); // one after the other, so that the sum is the last one's end
        if (source.CanSeek && source.Length - source.Position != elements)
            throw new InvalidDataException(
                $"{name} holds {source.Length - source.Position} bytes of elements, but its header describes {elements}: the file is "
                + "truncated or has bytes behind its end.");
    }

    /// <summary>What the file holds, in the order of its bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Tensors { get; }

    /// <summary>Goes on to the next tensor; what was not read of the one before is passed over.</summary>
    /// <returns>The tensor, or null after the last.</returns>
    /// <exception cref="InvalidDataException">The file is truncated.</exception>
    public SafetensorsEntry? MoveNext()
    {
        Span<byte> skipped = stackalloc byte[1024];
        while (_left > 0) Read(skipped[..(int)Math.Min(_left, skipped.Length)]);
        if (_next == Tensors.Count) return null;
        SafetensorsEntry tensor = Tensors[_next++];
        _left = tensor.ByteLength;
        return tensor;
    }

    /// <summary>Reads the next bytes of the current tensor; a large one may be read in parts.</summary>
    /// <exception cref="ArgumentException">The tensor has fewer bytes left.</exception>
    /// <exception cref="InvalidDataException">The file is truncated.</exception>
    public void Read(Span<byte> destination)
    {
        if (destination.Length > _left)
            throw new ArgumentException($"{destination.Length} bytes were asked for, but the tensor has {_left} left.");
        ReadExactly(destination, "elements");
        _left -= destination.Length;
    }

    /// <summary>Reads in parts, so that a stream of unknown length takes no more memory than it has bytes.</summary>
    private ReadOnlySpan<byte> ReadHeader(int length)
    {
        byte[] header = new byte[_source.CanSeek ? length : Math.Min(length, 1 << 16)];
        for (int done = 0; ;)
        {
            ReadExactly(header.AsSpan(done), "header");
            done = header.Length;
            if (done == length) return header;
            Array.Resize(ref header, (int)Math.Min(length, 2L * done));
        }
    }

    private void ReadExactly(Span<byte> destination, string what)
    {
        try
        {
            _source.ReadExactly(destination);
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException($"{_name} ends inside its {what}: the file is truncated.", exception);
        }
    }
}
