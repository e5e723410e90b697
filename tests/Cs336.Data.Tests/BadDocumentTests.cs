namespace Cs336.Data.Tests;

/// <summary>A document that is not as it must be ends the work with its file, its line and what was expected.</summary>
public sealed class BadDocumentTests : IDisposable
{
    private const string Good = "{\"text\": \"a\"}\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("is no sound JSON", "{\"text\": \"a\"")]
    [InlineData("is no sound JSON", "{\"text\": \"a\"} {}")]
    [InlineData("is no sound JSON", "text")]
    [InlineData("is no sound JSON", "{\"text\": \"\\ud800\"}")]
    [InlineData("is no JSON object, but must be an object with the text in the field text.", "[\"a\"]")]
    [InlineData("has the fields content, id, but must be an object with the text in the field text.", "{\"content\": \"a\", \"id\": 1}")]
    [InlineData("has no fields, but must be", "{}")]
    [InlineData("has the text null, but must be", "{\"text\": null}")]
    [InlineData("has the text of a number, but must be", "{\"text\": 1}")]
    [InlineData("has the text of a list, but must be", "{\"text\": [\"a\"]}")]
    [InlineData("has the text of an object, but must be", "{\"text\": {\"text\": \"a\"}}")]
    public void A_line_that_holds_no_document_is_told(string message, string line)
    {
        string path = _folder.Write("bad.jsonl", Good + "\n" + line + "\n" + Good);

        Assert.StartsWith($"{path}, line 3, {message}", Refused(path));
    }

    [Fact]
    public void Bytes_that_are_no_utf_8_are_told()
    {
        string path = _folder.File("bad.jsonl");
        File.WriteAllBytes(path, [.. "{\"text\": \"a"u8, 0xFF, .. "\"}\n"u8]);

        Assert.StartsWith($"{path}, line 1, is no sound JSON", Refused(path));
    }

    [Fact]
    public void Marks_blank_lines_and_windows_ends_are_taken()
    {
        string path = _folder.File("good.jsonl");
        File.WriteAllBytes(path, [0xEF, 0xBB, 0xBF, .. "{\"text\": \"a\"}\r\n\r\n  \n{\"text\": \"b\", \"text\": \"c\"}"u8]);

        Assert.Equal(["a", "c"], new DocumentReader().Read(path).Select(document => System.Text.Encoding.UTF8.GetString(document.Span)));
    }

    [Fact]
    public void Many_fields_and_long_names_are_told_in_part()
    {
        string fields = string.Join(
            ", ", Enumerable.Range(0, 20).Select(i => $"\"{new string((char)('a' + i), i == 1 ? 100 : 1)}\": {{\"text\": []}}"));
        string path = _folder.Write("bad.jsonl", $"{{{fields}}}");

        Assert.Equal(
            $"{path}, line 1, has the fields a, {new string('b', 40)}..., c, d, e, f, g, h, ..., but must be an object with the text in "
            + "the "
            + "field text.", Refused(path));
    }

    [Theory]
    [InlineData("docs.jsonl", "line 2")]
    [InlineData("docs.jsonl.gz", "line 2")]
    [InlineData("docs.txt", "document 2")]
    [InlineData("docs.txt.zst", "document 2")]
    public void What_is_longer_than_is_allowed_is_told_whether_it_ends_or_not(string name, string place)
    {
        DocumentReader reader = new(new DocumentReaderOptions { MaxDocumentBytes = 1000 });
        string expected = $", {place}, has more than 1,000 bytes (max_document_bytes): split it, or allow for more.";
        foreach (int length in (int[])[1001, 300_000, 5_000_000])
        {
            string path = CorpusWriter.Write(_folder, name, ["a", new string('x', length), "b"]);
            Assert.Equal(path + expected, Assert.Throws<InvalidDataException>(() => reader.Read(path).Count()).Message);
        }
        string whole = CorpusWriter.Write(_folder, name, ["a", new string('x', 900), "b"]);
        Assert.Equal(3, reader.Read(whole).Count());
    }

    [Fact]
    public void A_line_of_a_hundred_megabytes_is_read()
    {
        string path = CorpusWriter.Write(_folder, "docs.jsonl.zst", ["a", new string('x', 100_000_000), "b"]);

        Assert.Equal([1, 100_000_000, 1], new DocumentReader().Read(path).Select(document => document.Length));
    }

    [Fact]
    public void Text_in_utf_16_is_refused()
    {
        string text = _folder.File("docs.txt");
        File.WriteAllText(text, "text", System.Text.Encoding.Unicode);
        Assert.StartsWith($"{text} is UTF-16 or UTF-32", Refused(text));
    }

    private static string Refused(string path) => Assert.Throws<InvalidDataException>(() =>
    {
        foreach (ReadOnlyMemory<byte> _ in new DocumentReader().Read(path))
        {
        }
    }).Message;
}
