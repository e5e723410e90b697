using System.IO.MemoryMappedFiles;

namespace Cs336.Tokenizers;

/// <summary>
/// Token ids in a memory-mapped <c>.npy</c> file: any part can be read at once, and only what is read takes memory. May
/// be read from many threads at once.
/// </summary>
public sealed class TokenFile : IDisposable
{
    private const int ChunkLength = 4096;

    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly NpyHeader _header;

    private TokenFile(FileStream file, string path)
    {
        Path = path;
        _header = NpyHeader.Read(file, path);
        // The map is of the open file, not of whatever has its name by now: the header was checked against this one.
        _map = MemoryMappedFile.CreateFromFile(
            file, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>The number of ids.</summary>
    public long Length => _header.Length;

    /// <summary>The bytes that each id takes in the file: 2 (<c>uint16</c>) or 4 (<c>uint32</c>).</summary>
    public int BytesPerId => _header.BytesPerId;

    /// <summary>Opens a file that <see cref="TokenFileWriter"/> or NumPy wrote: one dimension, <c>uint16</c> or <c>uint32</c>, little-endian.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no such array, or is cut short.</exception>
    public static TokenFile Open(string path)
    {
        using FileStream file = File.OpenRead(path);
        return new TokenFile(file, path);
    }

    /// <summary>Reads ids from a place on.</summary>
    /// <param name="start">The place of the first id, counted from 0.</param>
    /// <param name="destination">Is filled with ids.</param>
    /// <exception cref="ArgumentOutOfRangeException">The file does not hold that many ids from that place on.</exception>
    /// <exception cref="InvalidDataException">An id is greater than <see cref="int.MaxValue"/>.</exception>
    public void Read(long start, Span<int> destination)
    {
        if (start < 0 || start > Length - destination.Length)
            throw new ArgumentOutOfRangeException(
                nameof(start), $"{destination.Length} ids from place {start} on do not lie within {Path}, which has {Length}.");
        ulong offset = (ulong)(_header.DataOffset + start * BytesPerId);
        if (BytesPerId == sizeof(uint)) ReadWide(offset, destination);
        else ReadNarrow(offset, destination);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _view.Dispose();
        _map.Dispose();
    }

    private void ReadWide(ulong offset, Span<int> destination)
    {
        _view.SafeMemoryMappedViewHandle.ReadSpan(offset, destination);
        int wrong = destination.IndexOfAnyInRange(int.MinValue, -1);
        if (wrong >= 0) throw new InvalidDataException($"{Path} holds the id {(uint)destination[wrong]}, but ids are at most {int.MaxValue}.");
    }

    private void ReadNarrow(ulong offset, Span<int> destination)
    {
        Span<ushort> narrow = stackalloc ushort[Math.Min(ChunkLength, destination.Length)];
        while (!destination.IsEmpty)
        {
            Span<ushort> chunk = narrow[..Math.Min(narrow.Length, destination.Length)];
            _view.SafeMemoryMappedViewHandle.ReadSpan(offset, chunk);
            for (int i = 0; i < chunk.Length; i++) destination[i] = chunk[i];
            destination = destination[chunk.Length..];
            offset += (ulong)(chunk.Length * sizeof(ushort));
        }
    }
}
