using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Cs336.Tokenizers;

/// <summary>The header of a one-dimensional NumPy <c>.npy</c> file of little-endian unsigned integers.</summary>
/// <param name="BytesPerId">2 (<c>&lt;u2</c>) or 4 (<c>&lt;u4</c>).</param>
/// <param name="Length">The number of ids.</param>
/// <param name="DataOffset">The bytes before the first id.</param>
internal readonly partial record struct NpyHeader(int BytesPerId, long Length, int DataOffset)
{
    /// <summary>The size of headers that are written: room for any length, so that it can be filled in at the end.</summary>
    public const int WrittenSize = 128;

    private const int PrefixSize = 10;
    private static ReadOnlySpan<byte> Magic => "NUMPY"u8;

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[WrittenSize];
        bytes[0] = 0x93;
        Magic.CopyTo(bytes.AsSpan(1));
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), WrittenSize - PrefixSize);
        string text = string.Create(
            CultureInfo.InvariantCulture, $"{{'descr': '<u{BytesPerId}', 'fortran_order': False, 'shape': ({Length},), }}");
        Encoding.ASCII.GetBytes(text.PadRight(WrittenSize - PrefixSize - 1) + "\n", bytes.AsSpan(PrefixSize));
        return bytes;
    }

    /// <exception cref="InvalidDataException">The file is not such an array, or its length is not what the header says.</exception>
    public static NpyHeader Read(Stream file, string path)
    {
        Span<byte> prefix = stackalloc byte[PrefixSize];
        if (file.ReadAtLeast(prefix, PrefixSize, throwOnEndOfStream: false) < PrefixSize
            || prefix[0] != 0x93 || !prefix[1..6].SequenceEqual(Magic))
            throw new InvalidDataException($"{path} is not a NumPy .npy file: it does not begin with '\\x93NUMPY'.");
        if (prefix[6] != 1) throw new InvalidDataException($"{path} is .npy version {prefix[6]}, but token files are version 1.");

        byte[] text = new byte[BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..])];
        if (file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length)
            throw new InvalidDataException($"{path} ends within its header: write it anew.");
        Match match = Fields().Match(Encoding.Latin1.GetString(text));
        if (!match.Success || !long.TryParse(match.Groups["length"].ValueSpan, CultureInfo.InvariantCulture, out long length))
            throw new InvalidDataException(
                $"{path} has the header '{Encoding.Latin1.GetString(text).Trim()}', but a token file is a one-dimensional array of <u2 or <u4.");

        NpyHeader header = new(match.Groups["size"].ValueSpan[0] - '0', length, PrefixSize + text.Length);
        long dataBytes = file.Length - header.DataOffset;
        if (dataBytes % header.BytesPerId != 0 || dataBytes / header.BytesPerId != length)
            throw new InvalidDataException(
                $"{path} has {dataBytes} bytes of ids, but its header says {length} ids of {header.BytesPerId} bytes: write it anew.");
        return header;
    }

    [GeneratedRegex(@"^\{'descr': '<u(?<size>[24])', 'fortran_order': (?:False|True), 'shape': \((?<length>[0-9]+),\),? *\}\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Fields();
}
