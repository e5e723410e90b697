using System.Buffers.Binary;
using System.Text;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>Token files of other programs, built byte by byte: their ids are read, and what is none is named with its place.</summary>
public sealed class ForeignTokenFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("|u1", "uint8", new byte[] { 7, 0, 255 }, new[] { 7, 0, 255 })]
    [InlineData("|i1", "int8", new byte[] { 7, 0, 127 }, new[] { 7, 0, 127 })]
    [InlineData("<i2", "int16", new byte[] { 1, 2, 0xFF, 0x7F }, new[] { 513, 32767 })]
    [InlineData(">i2", "int16, big-endian", new byte[] { 1, 2, 0x7F, 0xFF }, new[] { 258, 32767 })]
    [InlineData(">u2", "uint16, big-endian", new byte[] { 1, 2, 0xC4, 0x50 }, new[] { 258, 50256 })]
    [InlineData("<i4", "int32", new byte[] { 1, 2, 3, 0, 0xFF, 0xFF, 0xFF, 0x7F }, new[] { 197121, int.MaxValue })]
    [InlineData(">i4", "int32, big-endian", new byte[] { 0, 3, 2, 1 }, new[] { 197121 })]
    [InlineData(">u4", "uint32, big-endian", new byte[] { 0x7F, 0xFF, 0xFF, 0xFF }, new[] { int.MaxValue })]
    [InlineData("<i8", "int64", new byte[] { 1, 2, 3, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0 }, new[] { 197121, int.MaxValue })]
    [InlineData(">i8", "int64, big-endian", new byte[] { 0, 0, 0, 0, 0, 3, 2, 1 }, new[] { 197121 })]
    [InlineData("<u8", "uint64", new byte[] { 1, 2, 3, 0, 0, 0, 0, 0 }, new[] { 197121 })]
    [InlineData(">u8", "uint64, big-endian", new byte[] { 0, 0, 0, 0, 0, 3, 2, 1 }, new[] { 197121 })]
    public void Whole_numbers_of_any_kind_are_read_and_told(string type, string name, byte[] bytes, int[] expected)
    {
        string path = Npy(type, $"({expected.Length},)", bytes);
        using TokenFile file = TokenFile.Open(path);

        Assert.Equal(expected, Read(file));
        Assert.Equal(bytes.Length / expected.Length, file.BytesPerId);
        Assert.Equal($"{path} holds {name}: it is read as {expected.Length} ids.", file.Note);
    }

    [Theory]
    [InlineData("|i1", new byte[] { 1, 2, 0x80 }, "-128")]
    [InlineData("<i2", new byte[] { 1, 0, 2, 0, 0x50, 0xC4 }, "-15280")]
    [InlineData(">i2", new byte[] { 0, 1, 0, 2, 0xC4, 0x50 }, "-15280")]
    [InlineData("<i4", new byte[] { 1, 0, 0, 0, 2, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF }, "-1")]
    [InlineData("<u4", new byte[] { 1, 0, 0, 0, 2, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF }, "4294967295")]
    [InlineData(">u4", new byte[] { 0, 0, 0, 1, 0, 0, 0, 2, 0x80, 0, 0, 0 }, "2147483648")]
    [InlineData("<i8", new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80 }, "-9223372036854775808")]
    [InlineData("<i8", new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0 }, "4294967296")]
    [InlineData(">u8", new byte[] { 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF },
        "18446744073709551615")]
    public void A_number_that_is_no_id_is_named_with_its_place(string type, byte[] bytes, string value)
    {
        string path = Npy(type, "(3,)", bytes);
        using TokenFile file = TokenFile.Open(path);
        int[] ids = new int[2];

        file.Read(0, ids);

        Assert.Equal([1, 2], ids);
        Assert.Equal(
            $"{path} holds {value} at place 2, but ids are 0 to 2147483647.",
            Assert.Throws<InvalidDataException>(() => file.Read(1, ids)).Message);
    }

    [Theory]
    [InlineData("(5, 1)", 5)]
    [InlineData("(1, 5)", 5)]
    [InlineData("(1, 0)", 0)]
    [InlineData("(0, 1)", 0)]
    public void A_row_or_a_column_is_read_as_a_line(string shape, int count)
    {
        int[] expected = [.. Enumerable.Range(1, count)];
        string path = Npy("<u2", shape, [.. expected.SelectMany(id => new byte[] { (byte)id, 0 })]);
        using TokenFile file = TokenFile.Open(path);

        Assert.Equal(expected, Read(file));
        Assert.Equal($"{path} holds uint16 in the shape {shape}: it is read as {count} ids.", file.Note);
    }

    [Fact]
    public void Files_as_they_are_written_here_have_no_note()
    {
        foreach (int vocabSize in (int[])[1000, 100_000])
        {
            using (TokenFileWriter writer = new(_folder.File("ids.npy"), vocabSize))
            {
                writer.Write([1, 2]);
                writer.Complete();
            }
            using TokenFile file = TokenFile.Open(_folder.File("ids.npy"));
            Assert.Null(file.Note);
        }
    }

    [Theory]
    [InlineData("<i8")]
    [InlineData(">u2")]
    [InlineData("|u1")]
    public void Long_files_are_converted_in_pieces_and_a_wrong_number_is_named_wherever_it_stands(string type)
    {
        int size = type[2] - '0', count = 50_000, wrong = 43_210;
        byte[] bytes = new byte[count * size];
        for (int i = 0; i < count; i++) bytes[(i * size) + (type[0] == '>' ? size - 1 : 0)] = (byte)(i % 251);
        string path = Npy(type, $"({count},)", bytes);
        using (TokenFile file = TokenFile.Open(path))
        {
            Assert.Equal(Enumerable.Range(0, count).Select(i => i % 251), Read(file));
            int[] part = new int[20_000];
            file.Read(12_345, part);
            Assert.Equal(Enumerable.Range(12_345, 20_000).Select(i => i % 251), part);
        }
        if (type != "<i8") return;
        bytes[(wrong * size) + 7] = 0xFF;
        using TokenFile broken = TokenFile.Open(Npy(type, $"({count},)", bytes));
        Assert.Contains(
            " at place 43210, but ids are", Assert.Throws<InvalidDataException>(() => broken.Read(11, new int[count - 11])).Message);
    }

    [Fact]
    public void A_bin_file_without_header_is_read_as_nanogpt_writes_it()
    {
        string path = Write("train.BIN", [1, 0, 2, 0, 0x50, 0xC4]);
        using TokenFile file = TokenFile.Open(path);

        Assert.Equal([1, 2, 50256], Read(file));
        Assert.Equal($"{path} has no header: it is read as 3 ids of uint16, little-endian, as nanoGPT writes them.", file.Note);
        using TokenFile empty = TokenFile.Open(Write("empty.bin", []));
        Assert.Equal(0, empty.Length);
    }

    [Fact]
    public void A_bin_file_of_odd_length_is_refused()
    {
        string path = Write("train.bin", [1, 0, 2]);

        Assert.Equal(
            $"{path} has 3 bytes, an odd number, but a .bin file without a header is ids of two bytes: is it cut short, or of another "
                + "kind?",
            Assert.Throws<InvalidDataException>(() => TokenFile.Open(path)).Message);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void A_bin_file_of_wider_ids_is_refused(int size)
    {
        byte[] bytes = new byte[5000 * size];
        for (int i = 0; i < 5000; i++) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * size), i * 31);
        string path = Write("train.bin", bytes);

        Assert.StartsWith(
            $"{path} looks like ids of four or eight bytes:", Assert.Throws<InvalidDataException>(() => TokenFile.Open(path)).Message);
    }

    [Fact]
    public void A_bin_file_of_a_small_vocabulary_is_read()
    {
        byte[] bytes = new byte[20_000];
        for (int i = 0; i < 10_000; i++) bytes[2 * i] = (byte)(i % 12);
        using TokenFile file = TokenFile.Open(Write("digits.bin", bytes));

        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => i % 12), Read(file));
    }

    [Theory]
    [InlineData(20240520, 1, 2)]
    [InlineData(20240801, 7, 4)]
    public void Llm_c_files_are_read(int magic, int version, int size)
    {
        int[] expected = [3, 50_000, size == 4 ? 128_255 : 65_535];
        string path = Write("shard.bin", Llmc(magic, version, 3, size, expected));
        using TokenFile file = TokenFile.Open(path);

        Assert.Equal(expected, Read(file));
        Assert.Equal($"{path} has the header of llm.c, {magic}, version {version}: it is read as 3 ids of uint{8 * size}.", file.Note);
    }

    [Theory]
    [InlineData(20240520, 2, 3, 2, "says that its version is 2, but that is 1.")]
    [InlineData(20240801, 1, 3, 4, "says that its version is 1, but that is 7.")]
    [InlineData(20240520, 1, 4, 2, "has 6 bytes after the 1024 of its header, but the header says 4 ids of 2 bytes: write it anew.")]
    [InlineData(20240520, 1, -1, 2, "but the header says -1 ids of 2 bytes: write it anew.")]
    [InlineData(20240801, 7, int.MaxValue, 4, "but the header says 2147483647 ids of 4 bytes: write it anew.")]
    [InlineData(20240522, 1, 3, 2, "begins with 20240522, as llm.c's files of multiple-choice questions do")]
    public void Llm_c_files_that_are_not_as_they_say_are_refused(int magic, int version, int count, int size, string problem)
    {
        string path = Write("shard.bin", Llmc(magic, version, count, size, [1, 2, 3]));

        string message = Assert.Throws<InvalidDataException>(() => TokenFile.Open(path)).Message;

        Assert.StartsWith(path, message);
        Assert.Contains(problem, message);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(1023)]
    public void A_header_of_llm_c_cut_short_is_refused(int length)
    {
        string path = Write("shard.bin", Llmc(20240520, 1, 3, 2, [1, 2, 3])[..length]);

        Assert.Contains("but the header says 3 ids", Assert.Throws<InvalidDataException>(() => TokenFile.Open(path)).Message);
    }

    [Fact]
    public void A_file_of_gigabytes_takes_no_memory()
    {
        string path = _folder.File("sparse.bin");
        const long Count = 3L << 30;
        using (FileStream stream = File.Create(path))
        {
            stream.SetLength(2 * Count);
            stream.Position = (2 * Count) - 2;
            stream.Write([0x50, 0xC4]);
        }
        using TokenFile file = TokenFile.Open(path);
        int[] ids = new int[2];
        long before = GC.GetAllocatedBytesForCurrentThread();
        file.Read(Count - 2, ids);

        Assert.Equal((Count, 50256), (file.Length, ids[1]));
        // what the runtime makes as it compiles, and no buffer of the file's size
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    private static byte[] Llmc(int magic, int version, int count, int size, int[] ids)
    {
        byte[] bytes = new byte[1024 + (ids.Length * size)];
        foreach ((int i, int value) in new[] { magic, version, count }.Index())
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * i), value);
        for (int i = 0; i < ids.Length; i++)
        {
            if (size == 2) BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(1024 + (2 * i)), (ushort)ids[i]);
            else BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1024 + (4 * i)), ids[i]);
        }
        return bytes;
    }

    private static int[] Read(TokenFile file)
    {
        int[] ids = new int[file.Length];
        file.Read(0, ids);
        return ids;
    }

    private string Npy(string type, string shape, byte[] ids)
    {
        string header = $"{{'shape': {shape}, 'descr': '{type}', 'fortran_order': False}}";
        return Write("ids.npy", [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. ids]);
    }

    private string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(_folder.File(name), bytes);
        return _folder.File(name);
    }
}
