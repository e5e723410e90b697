using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Cs336.Charts;

/// <summary>Writes PNG images (W3C, "Portable Network Graphics", third edition) with 8 bits a color.</summary>
internal static class Png
{
    private static readonly byte[] Signature = [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n'];
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(value => CrcOfByte((uint)value))];

    /// <summary>Writes an image.</summary>
    /// <param name="stream">Receives the bytes.</param>
    /// <param name="width">Pixels a row.</param>
    /// <param name="pixels">Rows from the top, three bytes a pixel: length is 3 * width * height.</param>
    public static void Write(Stream stream, int width, ReadOnlySpan<byte> pixels)
    {
        int rowBytes = 3 * width;
        int height = pixels.Length / rowBytes;

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8; // bits a channel
        header[9] = 2; // red, green, blue; compression, filter and interlacing methods stay 0

        stream.Write(Signature);
        WriteChunk(stream, "IHDR", header);
        WriteChunk(stream, "IDAT", Compress(pixels, rowBytes));
        WriteChunk(stream, "IEND", []);
    }

    private static byte[] Compress(ReadOnlySpan<byte> pixels, int rowBytes)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize))
        {
            for (int row = 0; row < pixels.Length; row += rowBytes)
            {
                zlib.WriteByte(0); // this row is not filtered
                zlib.Write(pixels.Slice(row, rowBytes));
            }
        }

        return compressed.ToArray();
    }

    private static void WriteChunk(Stream stream, string type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        byte[] name = Encoding.ASCII.GetBytes(type);

        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        stream.Write(number);
        stream.Write(name);
        stream.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, name), data));
        stream.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes) crc = CrcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    private static uint CrcOfByte(uint value)
    {
        for (int bit = 0; bit < 8; bit++) value = (value & 1) == 0 ? value >> 1 : 0xEDB88320 ^ (value >> 1);
        return value;
    }
}
