using System.Text.Json.Nodes;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public class HuggingFaceTokenizerJsonTests
{
    private const string Gpt2Split = @"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private const string PlainByteLevel = """{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""";

    [Theory]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}""")]
    [InlineData($$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"{{Gpt2Split}}"},"behavior":"Isolated","invert":false},{{PlainByteLevel}}]}""")]
    [InlineData($$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"{{Gpt2Split}}"},"behavior":"Removed","invert":true},{{PlainByteLevel}}]}""")]
    public void Other_ways_to_write_gpt2s_pattern_are_known(string preTokenizer)
    {
        using TemporaryFolder folder = Save(json => json["pre_tokenizer"] = JsonNode.Parse(preTokenizer));

        Assert.Equal(258, BpeModel.Load(folder.Path).VocabSize);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true,"use_regex":true}""")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""")]
    [InlineData("""{"type":"Whitespace"}""")]
    [InlineData($$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"{{Gpt2Split}}"},"behavior":"Removed","invert":false},{{PlainByteLevel}}]}""")]
    [InlineData($$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"{{Gpt2Split}}"},"behavior":"Isolated","invert":false},{"type":"Digits"}]}""")]
    public void A_pattern_that_cuts_otherwise_is_refused(string preTokenizer)
    {
        using TemporaryFolder folder = Save(json => json["pre_tokenizer"] = JsonNode.Parse(preTokenizer));

        Assert.Contains("cuts text by", Refusal(folder));
    }

    [Theory]
    [InlineData("normalizer", """{"type":"NFC"}""", "text is not normalized here")]
    [InlineData("model/type", "\"Unigram\"", "only BPE models can be loaded")]
    [InlineData("model/dropout", "0.1", "encoding is exact here")]
    [InlineData("model/end_of_word_suffix", "\"</w>\"", "byte-level BPE has none")]
    [InlineData("added_tokens/0/lstrip", "true", "has lstrip 'true', but added tokens are matched as they stand")]
    [InlineData("added_tokens/0/id", "7", "but tokenizer.json adds it with the id 7")]
    public void What_would_give_other_ids_is_refused(string place, string value, string message)
    {
        using TemporaryFolder folder = Save(json =>
        {
            string[] keys = place.Split('/');
            JsonNode node = json;
            foreach (string key in keys[..^1]) node = int.TryParse(key, out int index) ? node[index]! : node[key]!;
            node[keys[^1]] = JsonNode.Parse(value);
        });

        Assert.Contains(message, Refusal(folder));
    }

    [Fact]
    public void Merges_may_be_pairs()
    {
        using TemporaryFolder folder = Save(json => json["model"]!["merges"] = JsonNode.Parse("""[["a","b"]]"""));

        Assert.Equal([new BpeMerge(1 + 'a', 1 + 'b', 257)], BpeModel.Load(folder.Path).Merges);
    }

    [Fact]
    public void To_ignore_merges_makes_no_difference_where_they_make_every_token()
    {
        using TemporaryFolder folder = Save(json => json["model"]!["ignore_merges"] = true);

        Assert.Equal(258, BpeModel.Load(folder.Path).VocabSize);
    }

    [Fact]
    public void To_ignore_merges_that_do_not_make_every_token_is_refused()
    {
        using TemporaryFolder folder = Save(json =>
        {
            json["model"]!["vocab"]!["abc"] = 258;
            json["model"]!["vocab"]!["bc"] = 259;
            // 'ab' is merged before 'bc' can be, so 'abc' is never made.
            json["model"]!["merges"] = JsonNode.Parse("""["a b","b c","a bc"]""");
            json["model"]!["ignore_merges"] = true;
        });

        Assert.Contains("has ignore_merges and the token 'abc' (id 258), which its merges do not make", Refusal(folder));
    }

    private static TemporaryFolder Save(Action<JsonObject> change)
    {
        TemporaryFolder folder = new();
        Models.Train("ab", 258, "<|endoftext|>").Save(folder.Path);
        File.Delete(folder.File("vocab.json"));
        JsonObject json = JsonNode.Parse(File.ReadAllText(folder.File("tokenizer.json")))!.AsObject();
        change(json);
        folder.Write("tokenizer.json", json.ToJsonString());
        return folder;
    }

    private static string Refusal(TemporaryFolder folder)
    {
        string message = Assert.Throws<InvalidDataException>(() => BpeModel.Load(folder.Path)).Message;
        Assert.StartsWith(folder.File("tokenizer.json"), message);
        return message;
    }
}
