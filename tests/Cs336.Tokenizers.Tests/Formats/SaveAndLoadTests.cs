using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public class SaveAndLoadTests
{
    [Fact]
    public void What_was_saved_is_loaded()
    {
        using TemporaryFolder folder = new();
        BpeModel model = Models.Small("<|endoftext|>", "« end »");
        model.Save(folder.Path);

        AssertSame(model, BpeModel.Load(folder.Path));
        Assert.Equal(["merges.txt", "tokenizer.json", "vocab.json"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Tokenizer_json_is_enough()
    {
        using TemporaryFolder folder = new();
        BpeModel model = Models.Small("<|endoftext|>", "« end »");
        model.Save(folder.Path);
        File.Delete(folder.File("vocab.json"));

        AssertSame(model, BpeModel.Load(folder.Path));
    }

    [Fact]
    public void Vocabulary_and_merges_are_enough()
    {
        using TemporaryFolder folder = new();
        BpeModel model = Models.Small("<|endoftext|>", "« end »");
        model.Save(folder.Path);
        File.Delete(folder.File("tokenizer.json"));
        folder.Write("merges.txt", string.Join('\n', File.ReadAllLines(folder.File("merges.txt")).Skip(1)));

        AssertSame(model, BpeModel.Load(folder.Path, ["<|endoftext|>", "« end »"]));
        Assert.Contains(
            "'« end »' (id 1), which no merge makes", Assert.Throws<InvalidDataException>(() => BpeModel.Load(folder.Path)).Message);
    }

    [SharedDataFact("gpt2/vocab.json", "gpt2/merges.txt")]
    public void Gpt2_survives_the_round_trip()
    {
        using TemporaryFolder folder = new();
        Models.Gpt2.Model.Save(folder.Path);

        AssertSame(Models.Gpt2.Model, BpeModel.Load(folder.Path));
        Assert.Equal(
            File.ReadAllText(SharedData.TryFind("gpt2/merges.txt")!).Trim(),
            string.Join('\n', File.ReadAllLines(folder.File("merges.txt")).Skip(1)));
    }

    [Fact]
    public void A_special_token_spelled_as_another_token_is_not_saved()
    {
        using TemporaryFolder folder = new();
        IEnumerable<byte[]> bytes = Enumerable.Range(0, 256).Select(value => new[] { (byte)value });
        BpeModel model = new([.. bytes, "Ġt"u8.ToArray(), " t"u8.ToArray()], [new BpeMerge(' ', 't', 257)], [new("Ġt", 256)]);

        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => model.Save(folder.Path));

        Assert.Equal("Ids 256 and 257 are both spelled 'Ġt' in vocab.json: rename the special token.", e.Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static void AssertSame(BpeModel expected, BpeModel actual)
    {
        Assert.Equal(expected.VocabSize, actual.VocabSize);
        Assert.Equal(expected.Merges, actual.Merges);
        Assert.Equal(expected.SpecialTokens.OrderBy(token => token.Value), actual.SpecialTokens.OrderBy(token => token.Value));
        for (int id = 0; id < expected.VocabSize; id++) Assert.Equal(expected.GetTokenBytes(id), actual.GetTokenBytes(id));
    }
}
