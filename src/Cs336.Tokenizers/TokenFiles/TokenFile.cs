using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>
/// Token ids in a <c>.npy</c> file: any part can be read at once, and only what is read takes memory, the system's own. May be read
/// from many threads at once.
/// </summary>
/// <remarks>
/// The file is read and not mapped: of a mapped file that another program shortens the missing part cannot be read, and the system
/// ends the process. What the system keeps of a file serves both alike.
/// </remarks>
public sealed class TokenFile : IDisposable
{
    private const int ChunkLength = 4096;

    private readonly SafeFileHandle _handle;
    private readonly NpyHeader _header;

    private TokenFile(SafeFileHandle handle, string path)
    {
        Path = path;
        _handle = handle;
        _header = NpyHeader.Read(handle, path);
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>The number of ids.</summary>
    public long Length => _header.Length;

    /// <summary>The bytes that each id takes in the file: 2 (<c>uint16</c>) or 4 (<c>uint32</c>, <c>int32</c>).</summary>
    public int BytesPerId => _header.BytesPerId;

    /// <summary>
    /// Opens a file that <see cref="TokenFileWriter"/> or NumPy wrote: one dimension, <c>uint16</c>, <c>uint32</c> or
    /// <c>int32</c>, little-endian.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no such array, or is cut short.</exception>
    public static TokenFile Open(string path)
    {
        SafeFileHandle handle = FileSystem.Current.OpenHandle(path, FileMode.Open, FileAccess.Read, FileOperations.ShareAll);
        try
        {
            return new TokenFile(handle, path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads ids from a place on.</summary>
    /// <param name="start">The place of the first id, counted from 0.</param>
    /// <param name="destination">Is filled with ids.</param>
    /// <exception cref="ArgumentOutOfRangeException">The file does not hold that many ids from that place on.</exception>
    /// <exception cref="InvalidDataException">
    /// An id is greater than <see cref="int.MaxValue"/>, or the file has become shorter since it was opened.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public void Read(long start, Span<int> destination)
    {
        if (start < 0 || start > Length - destination.Length)
            throw new ArgumentOutOfRangeException(
                nameof(start), $"{destination.Length} ids from place {start} on do not lie within {Path}, which has {Length}.");
        long offset = _header.DataOffset + (start * BytesPerId);
        if (BytesPerId == sizeof(uint)) ReadWide(offset, destination);
        else ReadNarrow(offset, destination);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private void ReadWide(long offset, Span<int> destination)
    {
        ReadBytes(offset, MemoryMarshal.AsBytes(destination));
        int wrong = destination.IndexOfAnyInRange(int.MinValue, -1);
        if (wrong >= 0)
            throw new InvalidDataException(
                $"{Path} holds the id {(_header.IsSigned ? destination[wrong] : (uint)destination[wrong])}, " +
                $"but ids are 0 to {int.MaxValue}.");
    }

    private void ReadNarrow(long offset, Span<int> destination)
    {
        Span<ushort> narrow = stackalloc ushort[Math.Min(ChunkLength, destination.Length)];
        while (!destination.IsEmpty)
        {
            Span<ushort> chunk = narrow[..Math.Min(narrow.Length, destination.Length)];
            ReadBytes(offset, MemoryMarshal.AsBytes(chunk));
            Widen(chunk, destination);
            destination = destination[chunk.Length..];
            offset += chunk.Length * sizeof(ushort);
        }
    }

    private void ReadBytes(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(_handle, destination, offset);
            if (read == 0)
                throw new InvalidDataException(
                    $"{Path} ends at byte {offset}, but had {Length} ids of {BytesPerId} bytes when it was opened: " +
                    "it has become shorter. Write token files beside the old ones and rename them.");
            destination = destination[read..];
            offset += read;
        }
    }

    private static void Widen(ReadOnlySpan<ushort> narrow, Span<int> destination)
    {
        int i = 0;
        for (; Vector128.IsHardwareAccelerated && i <= narrow.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Create(narrow[i..]));
            low.AsInt32().CopyTo(destination[i..]);
            high.AsInt32().CopyTo(destination[(i + Vector256<int>.Count)..]);
        }
        for (; i < narrow.Length; i++) destination[i] = narrow[i];
    }
}
