using System.Text;

namespace Cs336.Data.Tests;

public sealed class DocumentReaderTests : IDisposable
{
    private static readonly string[] Documents =
        ["the cat sat", "on \"the\" mat\nwith größe and 東京 😀", "\\u0041 as it stands", new string('x', 200_000), "the cat sat", "end", "",
            "tab\tand\u0001control"];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. CorpusWriter.Names];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Documents_of_every_format_are_joined_by_the_end_token(string name)
    {
        string path = CorpusWriter.Write(_folder, name, Documents);
        DocumentReader reader = new();

        Assert.Equal(
            string.Concat(Documents.Where(document => document.Length > 0).Select(document => document + "<|endoftext|>")),
            ReadAll(reader, path));
        Assert.Equal(7, reader.Documents);
        Assert.Equal(name != "docs.txt", DocumentReader.IsDocuments(path));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Exact_copies_are_left_out_where_that_is_asked_for_across_files(string name)
    {
        string path = CorpusWriter.Write(_folder, name, Documents), other = CorpusWriter.Write(
            _folder, "docs.x.jsonl", ["end", "new", "end "]);
        DocumentReader reader = new(new DocumentReaderOptions { Deduplicate = true });

        Assert.Equal(6, Read(reader, path).Count);
        Assert.Equal(["new", "end "], Read(reader, other));
        Assert.Equal((8, 2), (reader.Documents, reader.Duplicates));
        Assert.Empty(Read(reader, path));
    }

    [Fact]
    public void A_file_that_is_passed_over_counts_as_read()
    {
        string first = CorpusWriter.Write(_folder, "docs.jsonl", Documents), second = CorpusWriter.Write(
            _folder, "docs.x.jsonl", ["end", "new"]);
        DocumentReader reader = new(new DocumentReaderOptions { Deduplicate = true });

        reader.Pass(first, default);

        Assert.Equal(["new"], Read(reader, second));
    }

    [Fact]
    public void The_split_goes_by_the_documents_bytes_whatever_their_file_and_order()
    {
        string[] documents = [.. Enumerable.Range(0, 4000).Select(i => $"document {i}")];
        string lines = CorpusWriter.Write(_folder, "docs.jsonl", documents), parquet = CorpusWriter.Write(
            _folder, "docs.parquet", [.. documents.Reverse()]);
        DocumentReader Part(DocumentPart part) => new(new DocumentReaderOptions { ValidationFraction = 0.1, Part = part });

        List<string> training = Read(Part(DocumentPart.Training), lines), validation = Read(Part(DocumentPart.Validation), lines);

        Assert.Equal(documents, Read(new DocumentReader(new DocumentReaderOptions { ValidationFraction = 0.1 }), lines));
        Assert.Equal(documents.Order(StringComparer.Ordinal), training.Concat(validation).Order(StringComparer.Ordinal));
        Assert.InRange(validation.Count, 340, 460); // three deviations of 19
        Assert.Equal(validation, [.. Read(Part(DocumentPart.Validation), parquet).AsEnumerable().Reverse()]);
        Assert.Equal(["document 21", "document 22", "document 51"], validation.Take(3)); // on every machine, for good
    }

    [Fact]
    public void What_was_read_of_a_corpus_is_forgotten_when_another_begins()
    {
        string path = CorpusWriter.Write(_folder, "docs.jsonl", Documents);
        DocumentReader reader = new(new DocumentReaderOptions { Deduplicate = true });
        List<string> first = Read(reader, path);

        reader.Begin();

        Assert.Equal((0, 0), (reader.Documents, reader.Duplicates));
        Assert.Equal(first, Read(reader, path));
    }

    [Fact]
    public void Hundreds_of_thousands_of_documents_are_told_apart()
    {
        string path = CorpusWriter.Write(_folder, "docs.jsonl", [.. Enumerable.Range(0, 300_000).Select(i => $"{i % 200_000}")]);
        DocumentReader reader = new(new DocumentReaderOptions { Deduplicate = true });

        Assert.Equal(Enumerable.Range(0, 200_000).Select(i => $"{i}"), Read(reader, path));
        Assert.Equal(100_000, reader.Duplicates);
    }

    [Theory]
    [InlineData("max_document_bytes is 0, but must be 1 to", 0)]
    [InlineData("max_document_bytes is 2,147,483,647, but must be 1 to", int.MaxValue)]
    public void A_bound_that_cannot_be_is_refused(string message, int bytes) =>
        Assert.StartsWith(
            message,
            Assert.Throws<ArgumentException>(() => new DocumentReader(new DocumentReaderOptions { MaxDocumentBytes = bytes })).Message);

    [Theory]
    [InlineData("part is Training, but validation_fraction is 0", 0, DocumentPart.Training)]
    [InlineData("validation_fraction is 1,", 1, DocumentPart.All)]
    [InlineData("validation_fraction is NaN,", double.NaN, DocumentPart.All)]
    public void Options_that_cannot_be_are_refused(string message, double fraction, DocumentPart part) =>
        Assert.StartsWith(
            message, Assert.Throws<ArgumentException>(
            () => new DocumentReader(new DocumentReaderOptions { ValidationFraction = fraction, Part = part })).Message);

    private static string ReadAll(DocumentReader reader, string path)
    {
        using StreamReader text = new(reader.Open(path), Encoding.UTF8);
        return text.ReadToEnd();
    }

    private static List<string> Read(DocumentReader reader, string path) =>
        [.. reader.Read(path).Select(document => Encoding.UTF8.GetString(document.Span))];
}
