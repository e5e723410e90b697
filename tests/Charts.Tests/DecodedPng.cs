using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Cs336.Charts.Tests;

/// <summary>A PNG as another program would read it; every checksum is verified on the way.</summary>
internal sealed class DecodedPng
{
    private readonly byte[] _rows;

    private DecodedPng(int width, int height, byte[] rows) => (Width, Height, _rows) = (width, height, rows);

    public int Width { get; }

    public int Height { get; }

    public Rgb this[int x, int y]
    {
        get
        {
            Span<byte> pixel = _rows.AsSpan((y * RowBytes(Width)) + 1 + (3 * x), 3);
            return new Rgb(pixel[0], pixel[1], pixel[2]);
        }
    }

    public static DecodedPng Read(string path)
    {
        ReadOnlySpan<byte> file = File.ReadAllBytes(path);
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], file[..8].ToArray());
        ReadOnlySpan<byte> rest = file[8..];

        byte[] header = Chunk("IHDR", ref rest), data = Chunk("IDAT", ref rest);
        Assert.Empty(Chunk("IEND", ref rest));
        Assert.True(rest.IsEmpty);

        int width = BinaryPrimitives.ReadInt32BigEndian(header), height = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4));
        Assert.Equal([8, 2, 0, 0, 0], header[8..]);
        using var zlib = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress);
        using var rows = new MemoryStream();
        zlib.CopyTo(rows);
        Assert.Equal(height * RowBytes(width), rows.Length);
        Assert.All(Enumerable.Range(0, height), row => Assert.Equal(0, rows.GetBuffer()[row * RowBytes(width)]));
        return new DecodedPng(width, height, rows.ToArray());
    }

    /// <summary>The pixels of a column, from the top, that a curve of this color has painted.</summary>
    public IEnumerable<int> RowsLike(int x, Func<Rgb, bool> isLike, int top, int bottom)
    {
        for (int y = top; y < bottom; y++)
        {
            if (isLike(this[x, y])) yield return y;
        }
    }

    private static int RowBytes(int width) => 1 + (3 * width);

    private static byte[] Chunk(string type, ref ReadOnlySpan<byte> rest)
    {
        int length = BinaryPrimitives.ReadInt32BigEndian(rest);
        Assert.Equal(type, Encoding.ASCII.GetString(rest.Slice(4, 4)));
        Assert.Equal(Crc32(rest.Slice(4, 4 + length)), BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + length)..]));
        byte[] data = rest.Slice(8, length).ToArray();
        rest = rest[(12 + length)..];
        return data;
    }

    // Bit by bit, unlike the table of the writer: an oracle for it.
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }

        return ~crc;
    }
}
