using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>
/// Token ids in a file: any part can be read at once, and only what is read takes memory, the system's own. May be read from many
/// threads at once.
/// </summary>
/// <remarks>
/// The file is read and not mapped into memory: where another program shortens a mapped file, the system ends a process that reads the
/// missing part. Reading is as fast, because the system keeps the same pages of the file in memory for both.
/// <para>
/// Read are <c>.npy</c> files of whole numbers of any size and order of bytes, in one dimension or as one row or column; llm.c's
/// <c>.bin</c> files, which say what they are; and <c>.bin</c> files of nothing but <c>uint16</c>, as nanoGPT writes them.
/// </para>
/// </remarks>
public sealed class TokenFile : IDisposable
{
    private const int ChunkLength = 4096;
    private const int ConvertedBytes = 1 << 14; // of numbers that are not as ids are written here, at a time

    private readonly SafeFileHandle _handle;
    private readonly TokenFileLayout _layout;
    private readonly TokenNumbers _numbers;

    private TokenFile(SafeFileHandle handle, string path)
    {
        Path = path;
        _handle = handle;
        _layout = TokenFileLayout.Read(handle, path);
        _numbers = _layout.Numbers;
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>The number of ids.</summary>
    public long Length => _layout.Length;

    /// <summary>The bytes that each id takes in the file: 2 or 4, in files of other programs also 1 or 8.</summary>
    public int BytesPerId => _numbers.Bytes;

    /// <summary>
    /// How the file was understood, as a sentence for people, where <see cref="TokenFileWriter"/> would have written it otherwise: as
    /// other numbers, with another header or none. Null for files as it writes them.
    /// </summary>
    public string? Note => _layout.Note;

    /// <summary>Opens a file that <see cref="TokenFileWriter"/>, NumPy, nanoGPT or llm.c wrote.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is of another kind, holds no whole numbers, or is cut short.</exception>
    public static TokenFile Open(string path)
    {
        SafeFileHandle handle = FileOperations.OpenReadHandle(path);
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
    /// A number is negative or greater than <see cref="int.MaxValue"/>, or the file has become shorter since it was opened.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public void Read(long start, Span<int> destination)
    {
        if (start < 0 || start > Length - destination.Length)
            throw new ArgumentOutOfRangeException(
                nameof(start), $"{destination.Length} ids from place {start} on do not lie within {Path}, which has {Length}.");
        if (_numbers is { Bytes: sizeof(ushort), IsSigned: false, IsBigEndian: false }) ReadNarrow(start, destination);
        else if (_numbers is { Bytes: sizeof(uint), IsBigEndian: false }) ReadWide(start, destination);
        else ReadConverted(start, destination);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private long OffsetOf(long place) => _layout.DataOffset + (place * _numbers.Bytes);

    private void ReadWide(long start, Span<int> destination)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(destination);
        ReadBytes(OffsetOf(start), bytes);
        int wrong = destination.IndexOfAnyInRange(int.MinValue, -1);
        if (wrong >= 0) throw NoId(_numbers.ValueAt(bytes, wrong), start + wrong);
    }

    private void ReadNarrow(long start, Span<int> destination)
    {
        long offset = OffsetOf(start);
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

    private void ReadConverted(long start, Span<int> destination)
    {
        int length = Math.Min(ConvertedBytes / _numbers.Bytes, destination.Length);
        Span<byte> bytes = stackalloc byte[length * _numbers.Bytes];
        while (!destination.IsEmpty)
        {
            length = Math.Min(length, destination.Length);
            Span<byte> chunk = bytes[..(length * _numbers.Bytes)];
            ReadBytes(OffsetOf(start), chunk);
            int wrong = _numbers.Convert(chunk, destination);
            if (wrong >= 0) throw NoId(_numbers.ValueAt(chunk, wrong), start + wrong);
            destination = destination[length..];
            start += length;
        }
    }

    private InvalidDataException NoId(Int128 value, long place) =>
        new($"{Path} holds {value} at place {place}, but ids are 0 to {int.MaxValue}.");

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
