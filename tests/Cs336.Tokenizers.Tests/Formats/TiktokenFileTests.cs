using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public class TiktokenFileTests
{
    [Fact]
    public void What_was_saved_is_loaded()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            using TemporaryFolder folder = new();
            BpeModel model = Models.Train(RandomText.Make(new Random(seed), 300) + "ab", 400, "<|endoftext|>", "<|pad|>");
            string path = folder.File("ranks.tiktoken");
            TiktokenFile.Save(model, path);

            BpeModel loaded = TiktokenFile.Load(path, model.SpecialTokens, PreTokenizers.Gpt2);

            Assert.Equal(model.Merges, loaded.Merges);
            Assert.Equal(model.SpecialTokens, loaded.SpecialTokens);
            for (int id = 0; id < model.VocabSize; id++) Assert.Equal(model.GetTokenBytes(id), loaded.GetTokenBytes(id));
        }
    }

    [SharedDataFact("gpt2/vocab.json", "gpt2/merges.txt")]
    public void Gpt2s_merges_are_worked_out_from_its_ranks()
    {
        using TemporaryFolder folder = new();
        TiktokenFile.Save(Models.Gpt2.Model, folder.File("gpt2.tiktoken"));

        Assert.StartsWith("IQ== 0\nIg== 1\n", File.ReadAllText(folder.File("gpt2.tiktoken")));
        Assert.Equal(
            Models.Gpt2.Model.Merges, TiktokenFile.Load(
            folder.File("gpt2.tiktoken"), Models.Gpt2.SpecialTokens, PreTokenizers.Gpt2).Merges);
    }

    [Theory]
    [InlineData("YQ== 97", "YQ==97", "line 98 is 'YQ==97', but a line is a token in base64, one space, and its id.")]
    [InlineData("YQ== 97", "YQ 97", "line 98 is 'YQ 97', but a line is")]
    [InlineData("YQ== 97", "YQ== -97", "line 98 is 'YQ== -97', but a line is")]
    [InlineData("YQ== 97", "YQ== 97 97", "line 98 is 'YQ== 97 97', but a line is")]
    [InlineData("YQ== 97", "YQ== 99999999999", "line 98 is 'YQ== 99999999999', but a line is")]
    [InlineData("YQ== 97", "YQ== 98", "line 99: the id is 98, which another token has too.")]
    [InlineData("YQ== 97", "Yg== 97", "line 99 has the token 'b', which line 98 has too.")]
    [InlineData("YQ== 97", "enp6 97", "has no token for the byte 0x61")]
    [InlineData("YQ== 97", "YQ== 99999999", "has 258 tokens, but ids up to 99999999: they must leave few numbers out")]
    [InlineData("YQ== 97", "YQ== 97\n",
        "is a rank file, which does not say how text is cut, and none that is known by its content: name its encoding")]
    public void Damage_is_named(string found, string replacement, string message)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("ranks.tiktoken");
        TiktokenFile.Save(Models.Train("abab", 258), path);
        string text = File.ReadAllText(path);
        Assert.Contains(found, text);
        File.WriteAllText(path, text.Replace(found, replacement));

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => TiktokenFile.Load(path));

        Assert.StartsWith(path, e.Message);
        Assert.Contains(message, e.Message);
    }

    [Fact]
    public void Ids_may_be_left_out()
    {
        using TemporaryFolder folder = new();
        TiktokenFile.Save(Models.Train("abab", 258), folder.File("ranks.tiktoken"));

        BpeModel model = TiktokenFile.Load(
            folder.File("ranks.tiktoken"), new Dictionary<string, int> { ["<|end|>"] = 300 }, PreTokenizers.Gpt2);

        Assert.Equal(301, model.VocabSize);
        Assert.Equal(0, model.GetTokenBytes(299).Length);
        Assert.Equal([257, 300], new BpeTokenizer(model).Encode("abab<|end|>", SpecialTokenHandling.Allow));
        Assert.Equal("abab<|end|>", new BpeTokenizer(model).Decode([257, 299, 300]));
        model.Save(folder.File("saved"));
        Assert.Equal([257, 300], BpeTokenizer.Load(folder.File("saved")).Encode("abab<|end|>", SpecialTokenHandling.Allow));
    }

    [Fact]
    public void Tokens_that_no_merge_makes_are_taken_whole_as_by_tiktoken()
    {
        using TemporaryFolder folder = new();
        IEnumerable<byte[]> tokens =
            [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), "xyzw"u8.ToArray(), "yz"u8.ToArray()];
        string path = folder.Write(
            "ranks.tiktoken", string.Concat(tokens.Select((token, id) => $"{Convert.ToBase64String(token)} {id}\n")));

        BpeTokenizer tokenizer = new(TiktokenFile.Load(path, preTokenizer: PreTokenizers.Gpt2));

        Assert.Equal([256], tokenizer.Encode("xyzw"));
        Assert.Equal(['x', 257, 'w', 'v'], tokenizer.Encode("xyzwv"));
    }

    [Theory]
    [InlineData("gpt2", 1)]
    [InlineData("R50K_BASE", 1)]
    [InlineData("p50k_base", 1)]
    [InlineData("p50k_edit", 4)]
    [InlineData("cl100k_base", 5)]
    [InlineData("o200k_base", 2)]
    [InlineData("o200k_harmony", 1090)]
    public void Encodings_are_known_by_name(string name, int specialTokens)
    {
        TiktokenEncoding encoding = TiktokenEncoding.Get(name);

        Assert.Equal(name.ToLowerInvariant(), encoding.Name);
        Assert.Equal(specialTokens, encoding.SpecialTokens.Count);
        Assert.Equal(specialTokens, encoding.SpecialTokens.Values.Distinct().Count());
    }

    [Fact]
    public void A_name_that_is_not_known_is_told_with_those_that_are() => Assert.Contains(
        "'cl100k': the names are gpt2, r50k_base, p50k_base, p50k_edit, cl100k_base, o200k_base, o200k_harmony",
        Assert.Throws<ArgumentException>(() => TiktokenEncoding.Get("cl100k")).Message);

    [Fact]
    public void Lines_may_end_as_on_windows_and_stand_in_any_order()
    {
        using TemporaryFolder folder = new();
        BpeModel model = Models.Train("abab", 258);
        TiktokenFile.Save(model, folder.File("ranks.tiktoken"));
        string[] lines = File.ReadAllLines(folder.File("ranks.tiktoken"));
        string path = folder.Write("reversed.tiktoken", string.Join("\r\n", lines.Reverse()) + "\r\n\r\n");

        Assert.Equal(model.Merges, TiktokenFile.Load(path, preTokenizer: PreTokenizers.Gpt2).Merges);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        using TemporaryFolder folder = new();

        Assert.Contains(folder.File("none"), Assert.Throws<FileNotFoundException>(() => TiktokenFile.Load(folder.File("none"))).Message);
    }

    [Fact]
    public void A_model_that_ranks_do_not_tell_is_not_saved()
    {
        using TemporaryFolder folder = new();
        byte[][] bytes = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value })];
        BpeModel backwards = new(
            [.. bytes, "ab"u8.ToArray(), "cd"u8.ToArray()], [new BpeMerge('c', 'd', 257), new BpeMerge('a', 'b', 256)], []);
        BpeModel unmade = new([.. bytes, "ab"u8.ToArray()], [], []);

        Assert.Contains("is not the merge that ids alone would give",
            Assert.Throws<InvalidOperationException>(() => TiktokenFile.Save(backwards, folder.File("a"))).Message);
        Assert.Contains("it has tokens that no merge makes",
            Assert.Throws<InvalidOperationException>(() => TiktokenFile.Save(unmade, folder.File("a"))).Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }
}
