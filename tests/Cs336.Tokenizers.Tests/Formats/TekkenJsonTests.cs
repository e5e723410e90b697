using System.Text.Json.Nodes;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>Mistral's <c>tekken.json</c>, made of vocabularies that are known.</summary>
public sealed class TekkenJsonTests : IDisposable
{
    private const string Text = "The CATS sat on 12 mats, <s>naïve[/INST] 日本語 🙂🙃\r\n  then <SPECIAL_21>";
    private static readonly BpeModel Model = Models.Small();
    private static readonly string Pattern = PreTokenizers.Tekken.Pattern;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ids_are_ranks_after_the_special_tokens()
    {
        const int SpecialCount = 40;
        string path = Write(Of(Model.VocabSize + SpecialCount, SpecialCount));
        TiktokenFile.Save(Model, _folder.File("ranks.tiktoken"));
        BpeTokenizer ranks = new(TiktokenFile.Load(_folder.File("ranks.tiktoken"), preTokenizer: PreTokenizers.Tekken));

        BpeTokenizer tekken = BpeTokenizer.Load(path);

        Assert.Same(PreTokenizers.Tekken, tekken.Model.PreTokenizer);
        Assert.Equal(Model.VocabSize + SpecialCount, tekken.VocabSize);
        Assert.Equal(ranks.Encode(Text).Select(id => id + SpecialCount), tekken.Encode(Text));
        Assert.Equal(Text, tekken.Decode(tekken.Encode(Text)));
        int[] withSpecial = tekken.Encode(Text, SpecialTokenHandling.Allow);
        Assert.Equal([1, 4, 21], withSpecial.Where(id => id < SpecialCount));
        Assert.Equal(Text, tekken.Decode(withSpecial));
        Assert.True(tekken.Model.Template.IsEmpty);
    }

    [Fact]
    public void Files_of_early_versions_imply_their_special_tokens()
    {
        BpeModel model = BpeModel.Load(Write(Of(Model.VocabSize + 22, specialCount: 22)));

        Assert.Equal(22, model.SpecialTokens.Count);
        (string, int)[] expected =
        [
            ("<unk>", 0), ("<s>", 1), ("</s>", 2), ("[INST]", 3), ("[IMG]", 10), ("<pad>", 11), ("[TOOL_CONTENT]", 19),
            ("<SPECIAL_20>", 20), ("<SPECIAL_21>", 21),
        ];
        foreach ((string text, int id) in expected)
            Assert.Equal(id, model.SpecialTokens[text]);
        Assert.All(model.AddedTokens, token => Assert.True(token.IsSpecial));
    }

    [Fact]
    public void Listed_special_tokens_are_taken_and_the_rest_is_filled()
    {
        BpeModel model = BpeModel.Load(Write(Of(Model.VocabSize + 4, 4, "<a>", "<b>")));

        Assert.Equal(
            [new("<a>", 0), new("<b>", 1), new("<SPECIAL_2>", 2), new("<SPECIAL_3>", 3)], model.SpecialTokens.OrderBy(
            token => token.Value));
    }

    [Fact]
    public void Only_as_many_tokens_count_as_a_model_has_ids()
    {
        BpeModel all = BpeModel.Load(Write(Of(Model.VocabSize + 2, 2, "<a>", "<b>")));
        BpeModel fewer = BpeModel.Load(Write(Of(258 + 2, 2, "<a>", "<b>")));

        Assert.Equal((260, 2), (fewer.VocabSize, fewer.Merges.Count));
        Assert.Equal(all.Merges.Take(2), fewer.Merges);
    }

    [Fact]
    public void Tokens_that_no_merge_makes_are_taken_whole()
    {
        IEnumerable<byte[]> tokens =
            [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), "xyzw"u8.ToArray(), "yz"u8.ToArray()];

        BpeTokenizer tokenizer = BpeTokenizer.Load(Write(RankedFiles.Tekken(tokens, Pattern, 259, 1, ["<s>"])));

        Assert.Equal([257], tokenizer.Encode("xyzw"));
        Assert.Equal(['x' + 1, 258, 'w' + 1, 'v' + 1], tokenizer.Encode("xyzwv"));
    }

    [Fact]
    public void A_folder_has_it_before_a_sentence_piece_model_and_after_tokenizer_json()
    {
        Write(Of(Model.VocabSize + 1, 1, "<s>"));
        _folder.Write("tokenizer.model", "not asked for");

        Assert.Equal(TokenizerFormat.Tekken, TokenizerInspection.FormatOf(_folder.Path));
        BpeModel model = BpeModel.Load(_folder.Path);
        model.Save(_folder.Path);

        Assert.Equal(TokenizerFormat.HuggingFace, TokenizerInspection.FormatOf(_folder.Path));
        Assert.Equal(
            new BpeTokenizer(model).Encode(Text, SpecialTokenHandling.Allow),
            BpeTokenizer.Load(_folder.Path).Encode(Text, SpecialTokenHandling.Allow));
    }

    [Fact]
    public void Its_parts_may_stand_in_any_order()
    {
        JsonObject json = Of(Model.VocabSize + 500, 500, [.. Enumerable.Range(0, 500).Select(id => $"<token number {id}>")]);
        JsonObject turned = new(json.Reverse().Select(part => new KeyValuePair<string, JsonNode?>(part.Key, part.Value?.DeepClone())));

        TokenizerInspection found = TokenizerInspection.Of(_folder.Write("anything", turned.ToJsonString()));

        Assert.Equal(
            (TokenizerFormat.Tekken, "BPE", Model.VocabSize, null), (found.Format, found.ModelKind, found.EntryCount, found.Refusal));
        Assert.Equal(("tekken", 0), (found.PatternName, found.HoleCount));
    }

    [Fact]
    public void Another_pattern_can_be_named_but_no_special_tokens()
    {
        string path = Write(Of(Model.VocabSize + 1, 1, "<s>"));

        Assert.Same(PreTokenizers.Gpt2, BpeModel.Load(path, preTokenizer: PreTokenizers.Gpt2).PreTokenizer);
        Assert.Contains("names its special tokens itself", Assert.Throws<InvalidDataException>(() => BpeModel.Load(path, ["<s>"])).Message);
    }

    [Theory]
    [InlineData("\"rank\":97,", "\"rank\":98,", "'vocab[97].rank' is '98', but must be 97: tokens stand in the order of their ranks.")]
    [InlineData("\"rank\":97,", "\"rank\":2147483648,", "'vocab[97].rank' is '2147483648', but must be a whole number of 32 bits.")]
    [InlineData("\"rank\":97,", "", "has no 'vocab[97].rank', which such a file must have.")]
    [InlineData("\"YQ==\"", "\"YQ=\"", "'vocab[97].token_bytes' is 'YQ=', but must be bytes in base64.")]
    [InlineData("\"YQ==\"", "\"Y Q=\"", "'vocab[97].token_bytes' is 'Y Q=', but must be bytes in base64.")]
    [InlineData("\"YQ==\"", "\"\"", "'vocab[97].token_bytes' is '\"\"', but must be bytes in base64.")]
    [InlineData("\"YQ==\"", "97", "'vocab[97].token_bytes' is '97', but must be a text.")]
    [InlineData("\"YQ==\"", "\"Yg==\"", "vocab[98] has the token 'b', which vocab[97] has too.")]
    [InlineData("\"YQ==\"", "\"enp6\"", "has no token for the byte 0x61")]
    [InlineData("\"default_vocab_size\":302", "\"default_vocab_size\":303",
        "'config.default_vocab_size' is '303', but must be a number of ids for which there are tokens: with 2 special ones it is 2 to "
        + "302.")]
    [InlineData("\"default_vocab_size\":302", "\"default_vocab_size\":-2147483648",
        "'config.default_vocab_size' is '-2147483648', but must be")]
    [InlineData("\"default_vocab_size\":302", "\"default_vocab_size\":2147483647",
        "'config.default_vocab_size' is '2147483647', but must be")]
    [InlineData("\"default_vocab_size\":302", "\"default_vocab_size\":3.5",
        "'config.default_vocab_size' is '3.5', but must be a whole number")]
    [InlineData("\"default_vocab_size\":302", "\"default_vocab_size\":2", "has no token for the byte 0x00")]
    [InlineData("tokens\":2,", "tokens\":2147483647,", "'config.default_num_special_tokens' is '2147483647', but must be 0 to 65536.")]
    [InlineData("tokens\":2,", "tokens\":-1,", "'config.default_num_special_tokens' is '-1', but must be 0 to 65536.")]
    [InlineData("tokens\":2,", "tokens\":1,",
        "'config.default_num_special_tokens' is '1', but must be at least the number of special tokens, which is 2.")]
    [InlineData("\"rank\":1,\"token_str\":\"<b>\"", "\"rank\":2,\"token_str\":\"<b>\"",
        "'special_tokens[1].rank' is '2', but must be 1: special tokens stand")]
    [InlineData("\"<b>\"", "\"<a>\"", "has the special token '<a>' twice.")]
    [InlineData("\"<b>\"", "\"\"", "A special token is empty text")]
    [InlineData("\"<b>\"", "null", "has no 'special_tokens[1].token_str', which such a file must have.")]
    [InlineData("\"pattern\":\"", "\"pattern\":\"(", "'config.pattern' is '([^\\r\\n", "which cannot be followed: ")]
    [InlineData("\"pattern\":\"", "\"pattern\":\"a\",\"other\":\"",
        "'config.pattern' is 'a', but must be one that every text matches without gaps")]
    [InlineData("\"pattern\":\"", "\"pattern\":\"\",\"other\":\"", "'config.pattern' is '\"\"', but must be a regular expression.")]
    [InlineData("\"config\":{", "\"config\":{},\"other\":{", "has no 'config.default_num_special_tokens', which such a file must have.")]
    [InlineData("\"config\":{", "\"vocab\":[],\"config\":{", "is not valid JSON")]
    [InlineData("\"special_tokens\":", "\"others\":",
        "has no 'special_tokens', which files have since version v7, and it is of version v13.")]
    public void Damage_is_named(string found, string replacement, params string[] messages)
    {
        string text = Of(Model.VocabSize + 2, 2, "<a>", "<b>").ToJsonString(
            new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        Assert.Contains(found, text);
        string path = _folder.Write("tekken.json", text.Replace(found, replacement));

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => BpeModel.Load(path));

        Assert.StartsWith(path, e.Message);
        Assert.All(messages, message => Assert.Contains(message, e.Message));
        Assert.Equal(e.Message, TokenizerInspection.Of(path).Refusal);
    }

    private static JsonObject Of(int idCount, int specialCount, params string[] special) =>
        RankedFiles.Tekken(RankedFiles.TokensOf(Model), Pattern, idCount, specialCount, special.Length == 0 ? null : special);

    private string Write(JsonObject json) => _folder.Write("tekken.json", json.ToJsonString());
}
