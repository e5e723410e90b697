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
    [InlineData("""{"type":"Whitespace"}""", "Whitespace leaves white space out of the ids")]
    [InlineData("""{"type":"UnicodeScripts"}""", "text is cut here by Split, ByteLevel, Digits, Punctuation and Metaspace alone")]
    [InlineData($$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"{{Gpt2Split}}"},"behavior":"Removed","invert":false},{{PlainByteLevel}}]}""", "this leaves what the pattern matches out of the ids")]
    [InlineData($$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"a+"},"behavior":"Removed","invert":true},{{PlainByteLevel}}]}""", "this leaves what the pattern does not match out of the ids")]
    [InlineData($$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?<=a)b"},"behavior":"Isolated","invert":false},{{PlainByteLevel}}]}""", "'(?<=' is looking behind")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Digits"},{"type":"ByteLevel"}]}""",
        "what changes text must come before what cuts it")]
    [InlineData("""{"type":"Sequence"}""", "a sequence has 'pretokenizers'")]
    public void A_way_to_cut_that_is_not_known_is_refused(string preTokenizer, string message)
    {
        using TemporaryFolder folder = Save(json => json["pre_tokenizer"] = JsonNode.Parse(preTokenizer));

        Assert.Contains(message, Refusal(folder));
    }

    [Theory]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""", "ab abc 12", "ab abc 12")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true,"use_regex":true}""", "ab ab", " ab| ab")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true,"use_regex":true}""", " ab ab", " ab| ab")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false}]}""", "ab 12 34c", "ab| |1|2| |3|4|c")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Digits"},{"type":"ByteLevel","add_prefix_space":false}]}""", "ab 12 34c",
        "ab| |12| |34|c")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Punctuation","behavior":"Contiguous"},{"type":"ByteLevel","add_prefix_space":false}]}""", "ab !! c.", "ab| |!!| c|.")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"String":", "},"behavior":"MergedWithPrevious"},{"type":"ByteLevel","use_regex":false,"add_prefix_space":false}]}""", "a, b, , c", "a, |b, |, |c")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"String":"."},"behavior":"MergedWithNext"},{"type":"ByteLevel","use_regex":false,"add_prefix_space":false}]}""", "a.b..c", "a|.b|.|.c")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Sequence","pretokenizers":[]},{"type":"Split","pattern":{"Regex":"[0-9][0-9][0-9]"},"behavior":"Isolated"},{"type":"ByteLevel","use_regex":false,"add_prefix_space":false}]}""", "a12345b", "a|123|45b")]
    public void Text_is_cut_as_the_file_says(string preTokenizer, string text, string expected)
    {
        using TemporaryFolder folder = Save(json =>
        {
            // Each byte is a token, and so is each expected pre-token, taken whole: then the ids show the cuts.
            json["pre_tokenizer"] = JsonNode.Parse(preTokenizer);
            json["model"]!["ignore_merges"] = true;
            int next = 258;
            foreach (string part in expected.Split('|').Where(part => part.Length > 1).Distinct())
                json["model"]!["vocab"]!.AsObject().TryAdd(part.Replace(' ', 'Ġ'), next++);
        });
        BpeTokenizer tokenizer = BpeTokenizer.Load(folder.Path);

        Assert.Equal(expected, string.Join('|', tokenizer.Encode(text).Select(id => tokenizer.Decode([id]))));
        tokenizer.Model.Save(folder.File("saved"));
        Assert.Equal(tokenizer.Encode(text), BpeTokenizer.Load(folder.File("saved")).Encode(text));
    }

    [Theory]
    [InlineData("normalizer", """{"type":"Lowercase"}""", "text is normalized here by NFC, NFD, NFKC, NFKD, Prepend and Replace alone")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"a+"},"content":"b"}""", "not what a regular expression matches")]
    [InlineData("decoder", """{"type":"CTC"}""", "ids become text here by ByteLevel")]
    [InlineData("post_processor", """{"type":"BertProcessing","sep":["x",99999],"cls":["y",0]}""",
        "puts the id 99999 around a text's, but its ids are 0 to 257")]
    [InlineData("model/type", "\"WordPiece\"", "is a WordPiece model, as BERT's")]
    [InlineData("model/unk_token", "\"<none>\"", "has the unk_token '<none>', which is not in its vocabulary")]
    [InlineData("model/type", "\"Unigram\"", "only BPE models can be loaded")]
    [InlineData("model/dropout", "0.1", "encoding is exact here")]
    [InlineData("model/end_of_word_suffix", "\"</w>\"", "only BPE that marks neither the inside nor the end of words can be loaded")]
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
    public void To_ignore_merges_takes_a_pre_token_that_is_a_token_whole()
    {
        using TemporaryFolder folder = Save(json =>
        {
            json["model"]!["vocab"]!["abc"] = 258;
            json["model"]!["vocab"]!["bc"] = 259;
            // 'ab' is merged before 'bc' can be, so 'abc' is never made.
            json["model"]!["merges"] = JsonNode.Parse("""["a b","b c","a bc"]""");
            json["model"]!["ignore_merges"] = true;
        });
        BpeTokenizer tokenizer = BpeTokenizer.Load(folder.Path);

        Assert.Equal([258], tokenizer.Encode("abc"));
        Assert.Equal([257, 1 + 'c', 1 + 'd'], tokenizer.Encode("abcd"));
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
