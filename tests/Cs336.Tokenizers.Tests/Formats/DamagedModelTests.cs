using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public class DamagedModelTests
{
    [Fact]
    public void Missing_files_are_named()
    {
        using TemporaryFolder folder = new();

        FileNotFoundException e = Assert.Throws<FileNotFoundException>(() => BpeModel.Load(folder.Path));

        Assert.Equal(
            $"There is no {folder.File("vocab.json")}: a tokenizer is loaded from a folder with vocab.json and merges.txt, " +
            "with tokenizer.json, with tekken.json, or with tokenizer.model.",
            e.Message);
    }

    [Theory]
    [InlineData("vocab.json", "\"a\":97", "\"a\":98", "gives 'b' the id 98, which another token has too")]
    [InlineData("vocab.json", "\"a\":97", "\"a\":9700", "gives 'a' the id 9700, but with 258 tokens the ids must be 0 to 257")]
    [InlineData("vocab.json", "\"a\":97", "\"a\":-1", "gives 'a' the id -1")]
    [InlineData("vocab.json", "\"a\":97", "\"a\":\"x\"", "the id of 'a' is 'x', but must be a whole number")]
    [InlineData("vocab.json", "\"a\":97", "\"€\":97", "the vocabulary has no token 'a'")]
    [InlineData("vocab.json", "\"c\":99", "\"€\":99", "has the token '€'")]
    [InlineData("vocab.json", "\"a\":97", "\"b\":97", "is not valid JSON")]
    [InlineData("vocab.json", "\"a\":97", "", "is not valid JSON")]
    [InlineData("merges.txt", "a b", "a q b", "line 2 is 'a q b', but a merge is two tokens with one space between them")]
    [InlineData("merges.txt", "a b", "a q", "merge 0 is 'a q', but the vocabulary has no token 'aq'")]
    [InlineData("merges.txt", "a b", "", "has the token 'ab' (id 256), which no merge makes: the merges may be cut short")]
    [InlineData("merges.txt", "a b", "a b\na b", "whose pair an earlier merge has too")]
    public void Damage_is_named(string file, string found, string replacement, string message)
    {
        using TemporaryFolder folder = new();
        Models.Train("abab.abb", 258).Save(folder.Path);
        File.Delete(folder.File("tokenizer.json"));
        string text = File.ReadAllText(folder.File(file));
        Assert.Contains(found, text);
        folder.Write(
            file, text.Replace(
            file == "merges.txt" ? found + "\n" : found, file == "merges.txt" && replacement != "" ? replacement + "\n" : replacement));

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => BpeModel.Load(folder.Path));

        Assert.Contains(message, e.Message);
        Assert.StartsWith(folder.Path, e.Message);
    }

    [Theory]
    [InlineData("\"id\": 0", "\"id\": \"x\"", "must have a 'content' and an 'id'")]
    [InlineData("\"merges\"", "\"merged\"", "has no 'model' with 'vocab' and 'merges'")]
    public void A_damaged_tokenizer_json_is_named(string found, string replacement, string message)
    {
        using TemporaryFolder folder = new();
        Models.Train("abab.abb", 259, "<|endoftext|>").Save(folder.Path);
        File.Delete(folder.File("vocab.json"));
        string text = File.ReadAllText(folder.File("tokenizer.json"));
        Assert.Contains(found, text);
        folder.Write("tokenizer.json", text.Replace(found, replacement));

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => BpeModel.Load(folder.Path));

        Assert.Contains(message, e.Message);
        Assert.StartsWith(folder.File("tokenizer.json"), e.Message);
    }
}
