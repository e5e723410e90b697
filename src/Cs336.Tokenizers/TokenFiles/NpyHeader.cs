using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>The header of a one-dimensional NumPy <c>.npy</c> file of little-endian integers.</summary>
/// <param name="BytesPerId">2 (<c>&lt;u2</c>) or 4 (<c>&lt;u4</c>, <c>&lt;i4</c>).</param>
/// <param name="Length">The number of ids.</param>
/// <param name="DataOffset">The bytes before the first id.</param>
/// <param name="IsSigned">Whether the type has a sign; ids have none.</param>
internal readonly record struct NpyHeader(int BytesPerId, long Length, int DataOffset, bool IsSigned = false)
{
    /// <summary>The size of headers that are written: room for any length, so that it can be filled in at the end.</summary>
    public const int WrittenSize = 128;

    /// <summary>NumPy's own limit: a header of more is none.</summary>
    private const int MaxTextSize = 10_000;

    private const int PrefixSize = 10, LongPrefixSize = 12;
    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8];

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[WrittenSize];
        Magic.CopyTo(bytes);
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), WrittenSize - PrefixSize);
        string text = string.Create(
            CultureInfo.InvariantCulture, $"{{'descr': '<u{BytesPerId}', 'fortran_order': False, 'shape': ({Length},), }}");
        Encoding.ASCII.GetBytes(text.PadRight(WrittenSize - PrefixSize - 1) + "\n", bytes.AsSpan(PrefixSize));
        return bytes;
    }

    /// <exception cref="InvalidDataException">The file is not such an array, or its length is not what the header says.</exception>
    public static NpyHeader Read(SafeFileHandle file, string path)
    {
        Span<byte> prefix = stackalloc byte[LongPrefixSize];
        int read = ReadAt(file, prefix, 0);
        if (read < PrefixSize || !prefix.StartsWith(Magic))
            throw new InvalidDataException(
                $"{path} is not a NumPy .npy file: it does not begin with '\\x93NUMPY'. Where it is ids and nothing else, " +
                "convert it: numpy.save(path, numpy.fromfile(path, '<u2')).");
        // Version 2 came with longer headers, version 3 with UTF-8 in them.
        if (prefix[6] is < 1 or > 3) throw new InvalidDataException($"{path} is .npy version {prefix[6]}, but there are versions 1 to 3.");
        int start = prefix[6] == 1 ? PrefixSize : LongPrefixSize;
        if (read < start) throw new InvalidDataException($"{path} ends within its header: write it anew.");
        uint size = prefix[6] == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..])
            : BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]);
        if (size > MaxTextSize)
            throw new InvalidDataException(
                $"{path} says that its header has {size} bytes, but one of an array of numbers has at most {MaxTextSize}.");
        byte[] text = new byte[size];
        if (ReadAt(file, text, start) < text.Length) throw new InvalidDataException($"{path} ends within its header: write it anew.");
        return Parse(Encoding.UTF8.GetString(text).TrimEnd(), start + text.Length, RandomAccess.GetLength(file), path);
    }

    private static NpyHeader Parse(string text, int dataOffset, long fileLength, string path)
    {
        if (!NpyDescription.TryParse(text, out NpyDescription? description))
            throw new InvalidDataException(
                $"{path} has the header {VocabularyFile.Quote(text)}, " +
                "but an .npy header is {'descr': '<u2', 'fortran_order': False, 'shape': (3,), }.");
        if (description.Shape is not [long length])
            throw new InvalidDataException(
                $"{path} has shape ({string.Join(", ", description.Shape.Take(4))}), but token ids have one dimension: " +
                "convert it with numpy.save(path, numpy.load(path).reshape(-1)).");
        int bytesPerId = description.Type switch
        {
            "<u2" => sizeof(ushort),
            "<u4" or "<i4" => sizeof(uint),
            _ => throw new InvalidDataException(
                $"{path} holds numbers of type {VocabularyFile.Quote(description.Type)}, but token ids are <u2, <u4 or <i4: " +
                "convert it with numpy.save(path, numpy.load(path).astype('<u2')), or '<u4' for ids above 65535."),
        };
        long dataBytes = fileLength - dataOffset;
        if (dataBytes % bytesPerId != 0 || dataBytes / bytesPerId != length)
            throw new InvalidDataException(
                $"{path} has {dataBytes} bytes of ids, but its header says {length} ids of {bytesPerId} bytes: write it anew.");
        return new NpyHeader(bytesPerId, length, dataOffset, IsSigned: description.Type == "<i4");
    }

    private static int ReadAt(SafeFileHandle file, Span<byte> destination, long offset)
    {
        int total = 0;
        while (total < destination.Length && RandomAccess.Read(file, destination[total..], offset + total) is int read and > 0)
            total += read;
        return total;
    }
}
