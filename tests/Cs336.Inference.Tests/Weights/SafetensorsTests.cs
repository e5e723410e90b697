using System.Buffers.Binary;
using System.Text;

namespace Cs336.Inference.Tests;

public sealed class SafetensorsTests
{
    private static readonly SafetensorsEntry[] Entries =
    [
        new("b", SafetensorsType.F32, [2, 3]),
        new("a", SafetensorsType.I64, []),
        new("empty", SafetensorsType.BF16, [0, 7]),
        new("half", SafetensorsType.F16, [5]),
    ];

    [Fact]
    public void What_is_written_is_read_back_in_order()
    {
        byte[] file = Write();
        SafetensorsReader reader = new(new MemoryStream(file), "test");
        Assert.Equal(["b F32 (2, 3)", "a I64 ()", "empty BF16 (0, 7)", "half F16 (5)"], reader.Tensors.Select(tensor => tensor.ToString()));
        foreach (SafetensorsEntry expected in Entries)
        {
            SafetensorsEntry? tensor = reader.MoveNext();
            Assert.Equal(expected.Name, tensor!.Name);
            byte[] elements = new byte[tensor.ByteLength];
            reader.Read(elements);
            Assert.Equal(Elements(expected), elements);
        }
        Assert.Null(reader.MoveNext());
    }

    [Fact]
    public void Tensors_can_be_passed_over_and_read_in_parts()
    {
        SafetensorsReader reader = new(new MemoryStream(Write()), "test");
        reader.MoveNext();
        reader.MoveNext();
        byte[] part = new byte[5];
        reader.Read(part);
        Assert.Equal(Elements(Entries[1])[..5], part);
        reader.MoveNext();
        Assert.Equal("half", reader.MoveNext()!.Name);
        Assert.Throws<ArgumentException>(() => reader.Read(new byte[11]));
    }

    [Fact]
    public void The_layout_is_that_of_the_format()
    {
        byte[] file = Write();
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(file);
        Assert.Equal(0UL, headerLength % 8);
        Assert.StartsWith("""{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"a":{"dtype":"I64","shape":[],"data_offsets":[24,32]}""",
            Encoding.UTF8.GetString(file, 8, (int)headerLength));
        Assert.Equal(8 + (int)headerLength + 24 + 8 + 10, file.Length);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        byte[] file = Write();
        for (int length = 0; length < file.Length; length++)
        {
            string message = Assert.Throws<InvalidDataException>(() => ReadAll(file[..length])).Message;
            Assert.Contains("weights.safetensors", message);
        }
        Assert.Throws<InvalidDataException>(() => ReadAll([.. file, 0]));
    }

    [Fact]
    public void A_flipped_header_byte_gives_a_clear_error_or_a_valid_file()
    {
        byte[] file = Write();
        int headerEnd = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        for (int position = 0; position < headerEnd; position++)
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] damaged = [.. file];
                damaged[position] ^= (byte)(1 << bit);
                Exception? exception = Record.Exception(() => ReadAll(damaged));
                Assert.True(exception is null or InvalidDataException, $"byte {position}, bit {bit}: {exception}");
            }
    }

    [Fact]
    public void A_writer_that_writes_too_little_or_names_twice_is_refused()
    {
        Assert.Throws<InvalidOperationException>(
            () => SafetensorsWriter.Write(new MemoryStream(), Entries, (_, stream) => stream.Write([1])));
        Assert.Throws<ArgumentException>(
            () => SafetensorsWriter.Write(new MemoryStream(), [Entries[0], Entries[0]], (entry, stream) => stream.Write(Elements(entry))));
    }

    private static byte[] Elements(SafetensorsEntry entry) =>
        [.. Enumerable.Range(0, (int)entry.ByteLength).Select(i => (byte)(i * 7 + entry.Name[0]))];

    private static byte[] Write()
    {
        MemoryStream stream = new();
        SafetensorsWriter.Write(stream, Entries, (entry, destination) => destination.Write(Elements(entry)));
        return stream.ToArray();
    }

    private static void ReadAll(byte[] file)
    {
        SafetensorsReader reader = new(new MemoryStream(file), "weights.safetensors");
        while (reader.MoveNext() is SafetensorsEntry tensor) reader.Read(new byte[Math.Min(tensor.ByteLength, 1000)]);
    }
}
