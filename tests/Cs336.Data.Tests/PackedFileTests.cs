using System.IO.Compression;
using System.Text;
using ZstdSharp;

namespace Cs336.Data.Tests;

/// <summary>A packed file is read whole, or it is told that it cannot be: never as a shorter text.</summary>
public sealed class PackedFileTests : IDisposable
{
    private static readonly byte[] EmptyMember = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("docs.jsonl.gz")]
    [InlineData("docs.txt.gz")]
    [InlineData("docs.jsonl.zst")]
    [InlineData("docs.txt.zst")]
    public void A_file_that_is_cut_short_anywhere_is_told(string name)
    {
        string path = CorpusWriter.Write(_folder, name, ["a document", "and one more of them", "the last"]);
        byte[] bytes = File.ReadAllBytes(path);

        for (int length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.StartsWith(path, Refused(path));
        }
    }

    [Theory]
    [InlineData("docs.jsonl.gz")]
    [InlineData("docs.jsonl.zst")]
    [InlineData("docs.parquet")]
    public void A_long_file_that_is_cut_short_or_something_else_is_told(string name)
    {
        Random random = new(1);
        string path = CorpusWriter.Write(_folder, name, [.. Enumerable.Range(0, 20_000).Select(_ => $"{random.NextInt64():x}")]);
        byte[] bytes = File.ReadAllBytes(path);
        foreach (int length in (int[])[bytes.Length - 1, bytes.Length - 4, bytes.Length - 9, bytes.Length / 2, 1 << 16, 20, 0])
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.StartsWith(path, Refused(path));
        }
        File.WriteAllText(path, string.Concat(Enumerable.Repeat("this is plain text. ", 10)));
        Assert.StartsWith(path, Refused(path));
    }

    [Theory]
    [InlineData("docs.txt.gz")]
    [InlineData("docs.txt.zst")]
    public void Bytes_after_the_end_or_wrong_ones_within_are_told(string name)
    {
        string path = CorpusWriter.Write(_folder, name, ["a document", "and one more of them"]);
        byte[] bytes = File.ReadAllBytes(path);

        foreach (byte[] after in (byte[][])[[0], [0x1F], [.. "other"u8], bytes[..12]])
        {
            File.WriteAllBytes(path, [.. bytes, .. after]);
            Assert.StartsWith(path, Refused(path));
        }
        if (name.EndsWith(".zst", StringComparison.Ordinal)) return; // whose checksum is optional, and not written by default
        for (int i = 10; i < bytes.Length; i++) // after the header, in which there is a time and a system
        {
            byte[] damaged = [.. bytes];
            damaged[i] ^= 1;
            File.WriteAllBytes(path, damaged);
            Assert.StartsWith(path, Refused(path));
        }
    }

    [Fact]
    public void A_gzip_file_of_several_members_is_read_to_its_end()
    {
        Random random = new(2);
        string[] documents = [.. Enumerable.Range(0, 300).Select(i => $"document {i} " + new string('x', random.Next(2000)))];
        string path = _folder.File("docs.txt.gz");
        using (FileStream file = File.Create(path))
        {
            foreach (string document in documents)
            {
                file.Write(Gzip(document[..7]));
                file.Write(EmptyMember);
                file.Write(Gzip(document[7..] + "<|endoftext|>"));
            }
            file.Write(EmptyMember); // as block-gzipped files end
        }

        Assert.Equal(documents, Read(path));
    }

    [Fact]
    public void A_zstd_file_of_several_frames_is_read_to_its_end()
    {
        string path = _folder.File("docs.txt.zstd");
        byte[] skipped = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]; // a frame that holds no text
        using Compressor packing = new(3);
        File.WriteAllBytes(
            path, [.. packing.Wrap("one<|end"u8), .. skipped, .. packing.Wrap([]), .. packing.Wrap("oftext|>two<|endoftext|>"u8)]);

        Assert.Equal(["one", "two"], Read(path));
    }

    [Fact]
    public void Nothing_packed_is_no_document_and_an_empty_file_is_not_packed()
    {
        string path = _folder.File("docs.jsonl.gz");
        File.WriteAllBytes(path, EmptyMember);
        Assert.Empty(Read(path));

        File.WriteAllBytes(path, []);
        Assert.Equal($"{path} is empty, but must hold Gzip.", Refused(path));
        Assert.Empty(Read(_folder.Write("docs.jsonl", "")));
    }

    private static byte[] Gzip(string text)
    {
        MemoryStream packed = new();
        using (GZipStream packing = new(packed, CompressionLevel.Optimal)) packing.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    private static List<string> Read(string path) =>
        [.. new DocumentReader().Read(path).Select(document => Encoding.UTF8.GetString(document.Span))];

    private static string Refused(string path) => Assert.Throws<InvalidDataException>(() => Read(path)).Message;
}
