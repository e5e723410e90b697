using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>Where the parts of a file of counts lie, and what its beginning and its end say.</summary>
/// <remarks>
/// Eight bytes that say what it is; the version and the length of the header, four bytes each, the lowest first; the header; the records
/// (see <see cref="CountRecordWriter"/>); how many there are and how many bytes of text they are, eight bytes each; and the SHA-256 of all
/// of it.
/// </remarks>
/// <param name="Header">How the text was cut, and what was counted.</param>
/// <param name="RecordStart">Where the records begin.</param>
/// <param name="RecordEnd">Where they end.</param>
/// <param name="Distinct">How many there are.</param>
/// <param name="TextBytes">How many bytes of text they are.</param>
internal sealed record CountFileLayout(CountFileHeader Header, long RecordStart, long RecordEnd, long Distinct, long TextBytes)
{
    public const int Version = 1, NumberBytes = 2 * sizeof(long), HashBytes = 32;

    private const int HeaderStart = 16, MaxHeaderBytes = 1 << 26;

    public static ReadOnlySpan<byte> Magic => "BPECOUNT"u8;

    /// <exception cref="InvalidDataException">The file is of another kind or version, or damaged.</exception>
    public static CountFileLayout Read(SafeFileHandle file, string path)
    {
        long length = RandomAccess.GetLength(file);
        Span<byte> head = stackalloc byte[HeaderStart];
        if (FileOperations.ReadAt(file, head, 0) < Magic.Length || !head.StartsWith(Magic))
            throw new InvalidDataException(
                $"{path} holds no counts of pre-tokens: it does not begin with '{System.Text.Encoding.ASCII.GetString(Magic)}'.");
        int version = BinaryPrimitives.ReadInt32LittleEndian(head[8..]), header = BinaryPrimitives.ReadInt32LittleEndian(head[12..]);
        if (version != Version)
            throw new InvalidDataException($"{path} has version {version} of counts of pre-tokens, but {Version} can be read: count anew.");
        long end = length - NumberBytes - HashBytes;
        if (header is < 0 or > MaxHeaderBytes || HeaderStart + (long)header > end)
            throw new InvalidDataException($"{path} is damaged: it has {length:N0} bytes, but a header of {header:N0}. Count anew.");
        byte[] json = new byte[header];
        Span<byte> numbers = stackalloc byte[NumberBytes];
        if (FileOperations.ReadAt(file, json, HeaderStart) < header || FileOperations.ReadAt(file, numbers, end) < NumberBytes)
            throw new InvalidDataException($"{path} has become shorter while it was read.");
        return new CountFileLayout(CountFileHeader.Read(json, path), HeaderStart + header, end,
            BinaryPrimitives.ReadInt64LittleEndian(numbers), BinaryPrimitives.ReadInt64LittleEndian(numbers[sizeof(long)..]));
    }
}
