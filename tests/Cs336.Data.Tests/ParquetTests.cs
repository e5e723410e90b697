using System.Text;
using Parquet;
using Parquet.Schema;
using Parquet.Serialization;

namespace Cs336.Data.Tests;

public sealed class ParquetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Gzip)]
    [InlineData(CompressionMethod.Brotli)]
    [InlineData(CompressionMethod.Lz4Raw)]
    [InlineData(CompressionMethod.Zstd)]
    public void Row_groups_are_read_in_order_however_they_are_packed(CompressionMethod method)
    {
        // Of few words, which the writer keeps in a dictionary, and of many.
        string[] documents = [.. Enumerable.Range(0, 3000).Select(i => i < 2000 ? $"größe {i % 7}" : $"東京 {i}")];
        string path = _folder.File("docs.parquet");
        CorpusWriter.WriteParquet(path, documents, "body", isNullable: method != CompressionMethod.None, rows: 1000, method);

        Assert.Equal(documents, Read(path, "body"));
    }

    [Fact]
    public void A_null_is_told_with_its_row()
    {
        string path = CorpusWriter.Write(_folder, "docs.parquet", ["a", "b", "c", "d", "e", "f", null!]);

        Assert.Equal($"{path}, row 7, has null in the column text, but must have a text.", Refused(path, "text"));
    }

    [Fact]
    public void Bytes_that_are_no_utf_8_are_told_with_their_row()
    {
        string path = _folder.File("docs.parquet");
        CorpusWriter.WriteParquet(path, ["a", "b", "damaged here"], "text", isNullable: true, rows: 2, CompressionMethod.None);
        byte[] bytes = File.ReadAllBytes(path);
        for (int i = bytes.AsSpan().IndexOf("damaged"u8), from = 0; i >= 0; i = bytes.AsSpan(from).IndexOf("damaged"u8))
        {
            bytes[from + i] = 0xFF;
            from += i;
        }
        File.WriteAllBytes(path, bytes);

        Assert.Equal($"{path}, row 3, has bytes that are no UTF-8 in the column text, but must have a text.", Refused(path, "text"));
    }

    [Theory]
    [InlineData("Body", "has the columns Id, Text, Tags, Origin, Raw, but no Body: name the one that holds the text.")]
    [InlineData("Origin/Url", "has the columns Id, Text, Tags, Origin, Raw, but no Origin/Url: name the one that holds the text.")]
    [InlineData("Id", "has in the column Id Int32, but must have texts: one string a row.")]
    [InlineData("Tags", "has in the column Tags nested values, but must have texts: one string a row.")]
    [InlineData("Origin", "has in the column Origin nested values, but must have texts: one string a row.")]
    [InlineData("Raw", "has in the column Raw ReadOnlyMemory`1, but must have texts: one string a row.")]
    public async Task A_column_that_holds_no_texts_is_told(string column, string message)
    {
        string path = _folder.File("docs.parquet");
        await ParquetSerializer.SerializeAsync([new Row(1), new Row(2)], path);

        Assert.Equal($"{path} {message}", Refused(path, column));
        Assert.Equal(["text 1", "text 2"], Read(path, "Text"));
    }

    [Fact]
    public void Parquet_that_is_packed_again_is_refused() =>
        Assert.Contains("unpack it", Refused(_folder.Write("docs.parquet.gz", "x"), "text"));

    private static List<string> Read(string path, string field) =>
        [.. new DocumentReader(new DocumentReaderOptions { Field = field }).Read(path)
            .Select(document => Encoding.UTF8.GetString(document.Span))];

    private static string Refused(string path, string field) => Assert.Throws<InvalidDataException>(() => Read(path, field)).Message;

    private sealed class Row(int id)
    {
        public Row() : this(0)
        {
        }

        public int Id { get; set; } = id;

        public string Text { get; set; } = $"text {id}";

        public List<string> Tags { get; set; } = ["x", "y"];

        public Place Origin { get; set; } = new();

        public byte[] Raw { get; set; } = [1, 2, 3];
    }

    private sealed class Place
    {
        public string Url { get; set; } = "here";
    }
}
