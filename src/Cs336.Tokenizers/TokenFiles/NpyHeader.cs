using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>The header of NumPy's <c>.npy</c> files: a magic text, a version, and a description in Python.</summary>
internal static class NpyHeader
{
    /// <summary>The size of headers that are written: room for any length, so that it can be filled in at the end.</summary>
    public const int WrittenSize = 128;

    /// <summary>NumPy's own limit: a header of more is none.</summary>
    private const int MaxTextSize = 10_000;

    private const int PrefixSize = 10, LongPrefixSize = 12;
    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8];

    /// <summary>The header of a one-dimensional array of unsigned numbers.</summary>
    public static byte[] Write(int bytesPerId, long length)
    {
        byte[] bytes = new byte[WrittenSize];
        Magic.CopyTo(bytes);
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), WrittenSize - PrefixSize);
        string text = string.Create(
            CultureInfo.InvariantCulture, $"{{'descr': '<u{bytesPerId}', 'fortran_order': False, 'shape': ({length},), }}");
        Encoding.ASCII.GetBytes(text.PadRight(WrittenSize - PrefixSize - 1) + "\n", bytes.AsSpan(PrefixSize));
        return bytes;
    }

    /// <summary>Whether a file begins as such files do.</summary>
    public static bool Begins(SafeFileHandle file)
    {
        Span<byte> prefix = stackalloc byte[PrefixSize];
        return FileOperations.ReadAt(file, prefix, 0) == PrefixSize && prefix.StartsWith(Magic);
    }

    /// <exception cref="InvalidDataException">The array is not one of ids, or its length is not what the header says.</exception>
    public static TokenFileLayout Read(SafeFileHandle file, string path)
    {
        Span<byte> prefix = stackalloc byte[LongPrefixSize];
        int read = FileOperations.ReadAt(file, prefix, 0);
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
        if (FileOperations.ReadAt(file, text, start) < text.Length)
            throw new InvalidDataException($"{path} ends within its header: write it anew.");
        return Parse(Encoding.UTF8.GetString(text).TrimEnd(), start + text.Length, RandomAccess.GetLength(file), path);
    }

    private static TokenFileLayout Parse(string text, int dataOffset, long fileLength, string path)
    {
        if (!NpyDescription.TryParse(text, out NpyDescription? description))
            throw new InvalidDataException(
                $"{path} has the header {VocabularyFile.Quote(text)}, " +
                "but an .npy header is {'descr': '<u2', 'fortran_order': False, 'shape': (3,), }.");
        if (!TokenNumbers.TryParse(description.Type, out TokenNumbers numbers))
            throw new InvalidDataException(
                $"{path} holds {description.Kind} of type {VocabularyFile.Quote(description.Type)}, but token ids are whole numbers of " +
                $"1 to 8 bytes: {description.Advice}.");
        // A row and a column lie in a file as a line does, whichever dimension is first there.
        long length = description.Shape switch
        {
            [long count] => count,
            [long count, 1] => count,
            [1, long count] => count,
            _ => throw new InvalidDataException(
                $"{path} has shape {description.ShownShape}, but token ids have one dimension: " +
                "convert it with numpy.save(path, numpy.load(path).reshape(-1))."),
        };
        long dataBytes = fileLength - dataOffset;
        if (dataBytes % numbers.Bytes != 0 || dataBytes / numbers.Bytes != length)
            throw new InvalidDataException(
                $"{path} has {dataBytes} bytes of ids, but its header says {length} ids of {numbers.Bytes} bytes: write it anew.");
        return new TokenFileLayout(numbers, length, dataOffset, Describe(path, description, numbers, length));
    }

    private static string? Describe(string path, NpyDescription description, TokenNumbers numbers, long length)
    {
        bool isLine = description.Shape.Count == 1, isPlain = numbers is { Bytes: 2 or 4, IsSigned: false, IsBigEndian: false };
        if (isLine && isPlain) return null;
        string shape = isLine ? "" : $" in the shape {description.ShownShape}";
        return FormattableString.Invariant($"{path} holds {numbers.Name}{shape}: it is read as {length:N0} ids.");
    }
}
