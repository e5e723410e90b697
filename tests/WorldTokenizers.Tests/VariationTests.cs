using System.Text.Json.Nodes;

namespace WorldTokenizers.Tests;

/// <summary>
/// What a <c>tokenizer.json</c> may say besides what those of well-known models do: one thing is changed in a file at a time.
/// </summary>
public class VariationTests
{
    private const string PlainByteLevel = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""";
    private const string ByteLevel = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""";
    private const string Mark = "\u2581";

    [NpmTheory]
    [InlineData("normalizer", """{"type":"NFC"}""")]
    [InlineData("normalizer", """{"type":"NFD"}""")]
    [InlineData("normalizer", """{"type":"NFKC"}""")]
    [InlineData("normalizer",
        """{"type":"Sequence","normalizers":[{"type":"NFKD"},{"type":"Replace","pattern":{"String":"ab"},"content":"é "}]}""")]
    [InlineData("normalizer", """{"type":"Prepend","prepend":"x "}""")]
    [InlineData("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""")]
    [InlineData("pre_tokenizer", $$"""{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{{ByteLevel}}]}""")]
    [InlineData("pre_tokenizer", $$"""{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":false},{{ByteLevel}}]}""")]
    [InlineData("pre_tokenizer", $$"""{"type":"Sequence","pretokenizers":[{"type":"Punctuation","behavior":"Contiguous"},{{ByteLevel}},{"type":"Digits","individual_digits":false},{"type":"Split","pattern":{"Regex":"[0-9][0-9][0-9]"},"behavior":"Isolated","invert":false}]}""")]
    [InlineData("pre_tokenizer",
        $$"""{"type":"Sequence","pretokenizers":[{"type":"Punctuation","behavior":"MergedWithPrevious"},{{PlainByteLevel}}]}""")]
    [InlineData("pre_tokenizer", $$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithNext","invert":false},{{PlainByteLevel}}]}""")]
    [InlineData("pre_tokenizer", $$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":" ?[^(\\s|[.,!?…。，、।۔،])]+"},"behavior":"Isolated","invert":false},{{PlainByteLevel}}]}""")]
    [InlineData("pre_tokenizer", $$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\p{Han}+|\\p{Hangul}+|\\p{Hiragana}|\\p{Katakana}+"},"behavior":"Isolated","invert":false},{{PlainByteLevel}}]}""")]
    [InlineData("pre_tokenizer", $$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\w+|\\d|[^\\w\\s]+?|\\s++"},"behavior":"Contiguous","invert":false},{{PlainByteLevel}}]}""")]
    [InlineData("pre_tokenizer", PlainByteLevel)]
    [InlineData("added_tokens", """{"lstrip":true}""")]
    [InlineData("added_tokens", """{"rstrip":true}""")]
    [InlineData("added_tokens", """{"lstrip":true,"rstrip":true,"special":false}""")]
    [InlineData("added_tokens", """{"single_word":true}""")]
    [InlineData("added_tokens", """{"normalized":true,"special":false}""")]
    public void Bytes(string part, string json)
    {
        using TemporaryFolder folder = new();
        RevealingFile.Write(PathOf("gpt2"), folder.File("tokenizer.json"));
        Compare(folder, part, json);
    }

    [NpmTheory]
    [InlineData("normalizer", $$"""{"type":"Replace","pattern":{"String":" "},"content":"{{Mark}}"}""")]
    [InlineData("pre_tokenizer", $$"""{"type":"Metaspace","replacement":"{{Mark}}","prepend_scheme":"always","split":false}""")]
    [InlineData("pre_tokenizer", $$"""{"type":"Metaspace","replacement":"{{Mark}}","prepend_scheme":"first","split":false}""")]
    [InlineData("pre_tokenizer", $$"""{"type":"Metaspace","replacement":"{{Mark}}","prepend_scheme":"never","split":true}""")]
    [InlineData("model/byte_fallback", "false")]
    [InlineData("model/fuse_unk", "false")]
    [InlineData("added_tokens", """{"lstrip":true,"normalized":false}""")]
    [InlineData("added_tokens", """{"normalized":true,"special":false}""")]
    public void Characters(string part, string json)
    {
        using TemporaryFolder folder = new();
        File.Copy(PathOf("llama2"), folder.File("tokenizer.json"));
        Compare(folder, part, json);
    }

    private static string PathOf(string name) =>
        Path.Combine(NpmStore.FolderOf(WorldFiles.All.Single(file => file.Name == name)), "tokenizer.json");

    private static void Compare(TemporaryFolder folder, string part, string value)
    {
        string path = folder.File("tokenizer.json");
        JsonObject json = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
        string[] added = ["<t>", "  ", "e\u0301", "<|two words|>"];
        if (part == "added_tokens") AddTokens(json, added, JsonNode.Parse(value)!.AsObject());
        else if (part.StartsWith("model/")) json["model"]![part["model/".Length..]] = JsonNode.Parse(value);
        else json[part] = JsonNode.Parse(value);
        if (value.Contains("Metaspace")) json["normalizer"] = null;
        File.WriteAllText(path, json.ToJsonString());
        string[] texts = [.. HostileTexts.For([.. added, "<|endoftext|>", "</s>"]).Where((_, i) => i % 3 == 0)];
        OracleAnswer[] theirs = OracleScript.Ask(OracleKind.Tokenizers, path, texts);
        BpeTokenizer tokenizer = BpeTokenizer.Load(folder.Path);

        int[][] ours = [.. texts.Select(text => tokenizer.Encode(text, SpecialTokenHandling.Allow))];
        Differences differences = new($"{part} {value}", tokenizer);
        differences.CompareIds("ids are not those of the Rust library", texts, [.. theirs.Select(answer => answer.Ids)], ours);
        string joined = string.Concat(texts.TakeLast(300));
        using TrickleStream stream = new(System.Text.Encoding.UTF8.GetBytes(joined), 97);
        differences.CompareIds(
            "ids of a stream are not those of the whole", [joined], [tokenizer.Encode(joined, SpecialTokenHandling.Allow)],
            [[.. tokenizer.EncodeStream(stream, SpecialTokenHandling.Allow)]]);
        tokenizer.Model.Save(folder.File("saved"));
        BpeTokenizer saved = BpeTokenizer.Load(folder.File("saved"));
        differences.CompareIds(
            "ids change when the tokenizer is saved and loaded", texts, ours,
            [.. texts.Select(text => saved.Encode(text, SpecialTokenHandling.Allow))]);
        differences.AssertNone();
    }

    private static void AddTokens(JsonObject json, string[] texts, JsonObject flags)
    {
        JsonArray tokens = json["added_tokens"]!.AsArray();
        int id = Math.Max(json["model"]!["vocab"]!.AsObject().Max(token => (int)token.Value!), tokens.Max(token => (int)token!["id"]!)) + 1;
        foreach (string text in texts)
        {
            JsonObject token = new()
            {
                ["id"] = id++, ["content"] = text, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] =
                    false, ["special"] = true,
            };
            foreach ((string name, JsonNode? value) in flags) token[name] = value!.DeepClone();
            tokens.Add((JsonNode)token);
        }
    }
}
