using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>Encodings of tiktoken in the JSON of npm packages, made of vocabularies that are known.</summary>
public sealed class TiktokenJsonTests : IDisposable
{
    private const string Text = "The cat's 12 mats,<|endoftext|> naïve 日本語 🙂🙃\r\n  then<|pad|>";
    private static readonly BpeModel Model = Models.Small("<|endoftext|>", "<|pad|>");
    private static readonly int[] Ids = new BpeTokenizer(Model).Encode(Text, SpecialTokenHandling.Allow);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "", "utf-8")]
    [InlineData(" \n", "\n", "utf-8")]
    [InlineData("\uFEFF", "", "utf-8")]
    [InlineData("\uFEFF", "", "utf-16")]
    [InlineData("module.exports = ", ";\n", "utf-8")]
    [InlineData("export default ", ";", "utf-8")]
    public void It_is_the_vocabulary_that_it_was_made_of(string before, string after, string encoding)
    {
        string path = _folder.File("encoding");
        byte[] bytes = Encoding.GetEncoding(encoding).GetBytes(before + RankedFiles.Tiktoken(Model).ToJsonString() + after);
        File.WriteAllBytes(path, bytes);

        TokenizerInspection found = TokenizerInspection.Of(path);
        BpeModel loaded = BpeModel.Load(path);

        Assert.Equal(
            (TokenizerFormat.TiktokenJson, "BPE", Model.VocabSize - 2, null, "gpt2"),
            (found.Format, found.ModelKind, found.EntryCount, found.Refusal, found.PatternName));
        Assert.Equal(Model.Merges, loaded.Merges);
        Assert.Equal(Model.SpecialTokens, loaded.SpecialTokens);
        Assert.Equal(Ids, new BpeTokenizer(loaded).Encode(Text, SpecialTokenHandling.Allow));
    }

    [Fact]
    public void Its_pattern_is_found_however_it_is_written()
    {
        JsonObject json = RankedFiles.Tiktoken(Model);
        json["pat_str"] = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
        Assert.Same(PreTokenizers.Gpt2, BpeModel.Load(Write(json)).PreTokenizer);

        json["pat_str"] = @"\p{L}+|[^\p{L}]+";
        BpeTokenizer own = BpeTokenizer.Load(Write(json));
        Assert.Equal(@"\p{L}+|[^\p{L}]+", own.Model.PreTokenizer.Pattern);
        Assert.Equal(Text, own.Decode(own.Encode(Text)));
        Assert.Same(PreTokenizers.O200k, BpeModel.Load(_folder.File("encoding.json"), preTokenizer: PreTokenizers.O200k).PreTokenizer);
    }

    [Fact]
    public void Ranks_may_be_lines_of_a_rank_file_and_leave_numbers_out()
    {
        JsonObject json = RankedFiles.Tiktoken(Model);
        TiktokenFile.Save(Model, _folder.File("ranks.tiktoken"));
        json["bpe_ranks"] = File.ReadAllText(_folder.File("ranks.tiktoken"));
        Assert.Equal(Model.Merges, BpeModel.Load(Write(json)).Merges);

        json = RankedFiles.Tiktoken(Model);
        json["bpe_ranks"] = $"{json["bpe_ranks"]}\n! 1000 {Convert.ToBase64String("qwertz"u8)}\n";
        BpeTokenizer wide = BpeTokenizer.Load(Write(json));
        Assert.Equal((1001, true), (wide.VocabSize, wide.Model.IgnoresMerges));
        Assert.Equal([1000], wide.Encode("qwertz"));
    }

    [Fact]
    public void A_folder_whose_tokenizer_json_is_one_is_read_as_one()
    {
        File.Move(Write(RankedFiles.Tiktoken(Model)), _folder.File("tokenizer.json"));

        Assert.Equal(Model.Merges, BpeModel.Load(_folder.Path).Merges);
    }

    [Fact]
    public void The_size_that_it_names_is_passed_over_since_published_files_have_a_wrong_one()
    {
        JsonObject json = RankedFiles.Tiktoken(Model);
        json["explicit_n_vocab"] = Model.VocabSize + 1;

        Assert.Equal(Model.VocabSize, BpeModel.Load(Write(json)).VocabSize);
    }

    [Theory]
    [InlineData("! 2 ", "! 2147483647 ", "has ranks up to 2147483647: they must leave few numbers out")]
    [InlineData("! 2 ", "! 2147480000 ", "has 298 tokens, but ids up to 2147480297: they must leave few numbers out")]
    [InlineData("! 2 ", "! 2147483648 ", "begins with the rank '2147483648', which is no whole number of 32 bits")]
    [InlineData("! 2 ", "! -2 ", "begins with the rank '-2'")]
    [InlineData("! 2 ", "!2 ", "has the line '!2 AA== ")]
    [InlineData("! 2 ", "! 1 ", "which another token has too")]
    [InlineData(" YQ== ", " YQ ", "has 'YQ' as token 98, which is not base64")]
    [InlineData(" YQ== ", "  YQ== ", "has '' as token 98, which is not base64")]
    [InlineData(" YQ== ", " Yg== ", "token 99 of 'bpe_ranks' has the token 'b', which token 98 of 'bpe_ranks' has too.")]
    [InlineData(" YQ== ", " enp6 ", "has no token for the byte 0x61")]
    [InlineData("\"<|pad|>\":1", "\"<|pad|>\":2147483647", "they must leave few numbers out")]
    [InlineData("\"<|pad|>\":1", "\"<|pad|>\":-1", "the id of special token '<|pad|>' is -1, but ids begin at 0.")]
    [InlineData("\"<|pad|>\":1", "\"<|pad|>\":\"1\"", "'special_tokens['<|pad|>']' is '1', but must be a whole number of 32 bits.")]
    [InlineData("\"<|pad|>\":1", "\"<|endoftext|>\":1", "is not valid JSON")]
    [InlineData("\"special_tokens\":{", "\"special_tokens\":[],\"other\":{", "'special_tokens' is a JSON Array, but must be an object.")]
    [InlineData("\"pat_str\":", "\"pattern\":", "has no 'pat_str', which such a file must have.")]
    [InlineData("\"bpe_ranks\":", "\"ranks\":", "has no 'bpe_ranks', which such a file must have.")]
    [InlineData("\"bpe_ranks\":\"!", "\"bpe_ranks\":\"?", "line 1 of 'bpe_ranks' is '? 2 AA== ")]
    [InlineData("\"pat_str\":\"", "\"pat_str\":\"(?<!a)", "'pat_str' is '(?<!a)", "which cannot be followed: ")]
    public void Damage_is_named(string found, string replacement, params string[] messages)
    {
        string text = RankedFiles.Tiktoken(Model).ToJsonString(new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        Assert.Contains(found, text);
        string path = _folder.Write("encoding.json", text.Replace(found, replacement));

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => BpeModel.Load(path));

        Assert.StartsWith(path, e.Message);
        Assert.All(messages, message => Assert.Contains(message, e.Message));
        Assert.Equal(e.Message, TokenizerInspection.Of(path).Refusal);
    }

    private string Write(JsonObject json) => _folder.Write("encoding.json", json.ToJsonString());
}
