using System.Text;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>Vocabulary files that went through an editor or a redirection, which put a byte order mark before them.</summary>
public sealed class ByteOrderMarkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Files
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (string name in (string[])["tokenizer.json", "vocab.json", "merges.txt", "ranks.tiktoken"])
                foreach (string encoding in (string[])["utf-8", "utf-16", "utf-16BE", "utf-32"]) data.Add(name, encoding);
            return data;
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public void A_marked_file_is_read_as_without_its_mark(string name, string encoding)
    {
        BpeModel model = Models.Small("<|endoftext|>");
        model.Save(_folder.Path);
        TiktokenFile.Save(model, _folder.File("ranks.tiktoken"));
        if (name is "vocab.json" or "merges.txt") File.Delete(_folder.File("tokenizer.json"));
        if (name is "tokenizer.json") File.Delete(_folder.File("merges.txt"));
        string text = File.ReadAllText(_folder.File(name));
        File.WriteAllText(_folder.File(name), text, encoding == "utf-8" ? new UTF8Encoding(true) : Encoding.GetEncoding(encoding));

        BpeModel loaded = name == "ranks.tiktoken"
            ? TiktokenFile.Load(_folder.File(name), model.SpecialTokens, PreTokenizers.Gpt2)
            : BpeModel.Load(_folder.Path);

        Assert.Equal(model.Merges, loaded.Merges);
        Assert.Equal(model.VocabSize, loaded.VocabSize);
        Assert.Equal(new BpeTokenizer(model).Encode("the cat 日本<|endoftext|>"), new BpeTokenizer(loaded).Encode("the cat 日本<|endoftext|>"));
    }

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("vocab.json")]
    public void Utf16_without_its_mark_is_told(string name)
    {
        Models.Small("<|endoftext|>").Save(_folder.Path);
        if (name is "vocab.json") File.Delete(_folder.File("tokenizer.json"));
        else File.Delete(_folder.File("merges.txt"));
        string path = _folder.File(name);
        File.WriteAllBytes(path, Encoding.Unicode.GetBytes(File.ReadAllText(path)));

        Assert.StartsWith(
            $"{path} looks like UTF-16, little-endian, without a byte order mark:",
            Assert.Throws<InvalidDataException>(() => BpeModel.Load(_folder.Path)).Message);
    }

    [Fact]
    public void A_file_that_is_a_mark_alone_is_refused()
    {
        File.WriteAllBytes(_folder.File("tokenizer.json"), [0xEF, 0xBB, 0xBF]);

        Assert.StartsWith(
            $"{_folder.File("tokenizer.json")} is not valid JSON",
            Assert.Throws<InvalidDataException>(() => BpeModel.Load(_folder.Path)).Message);
    }
}
