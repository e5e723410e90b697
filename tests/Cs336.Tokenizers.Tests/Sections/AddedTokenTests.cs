using System.Text;
using System.Text.Json.Nodes;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>Tokens that are found in text as they stand, with the properties that Hugging Face's files give them.</summary>
public sealed class AddedTokenTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Those_that_are_not_special_are_always_found()
    {
        BpeTokenizer tokenizer = Load(("   ", """{"special":false}"""), ("<end>", """{"special":true}"""));

        Assert.Equal("   |x|<|e|n|d|>", Show(tokenizer, "   x<end>", SpecialTokenHandling.Ignore));
        Assert.Equal("   |x|<end>", Show(tokenizer, "   x<end>", SpecialTokenHandling.Allow));
        Assert.Equal("   |x", Show(tokenizer, "   x", SpecialTokenHandling.Forbid));
        Assert.Equal(
            1, Assert.Throws<ForbiddenSpecialTokenException>(() => tokenizer.Encode("x<end>", SpecialTokenHandling.Forbid)).Offset);
        Assert.Equal("   x", tokenizer.Decode(tokenizer.Encode("   x<end>", SpecialTokenHandling.Allow), skipSpecialTokens: true));
        Assert.Equal(["<end>", "<|endoftext|>"], tokenizer.SpecialTokens.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"lstrip":true}""", "a  <t> b", "a|  <t>| |b")]
    [InlineData("""{"rstrip":true}""", "a <t> \n b", "a| |<t> \n |b")]
    [InlineData("""{"lstrip":true,"rstrip":true}""", "<t> <t>  a", "<t> |<t>  |a")]
    [InlineData("""{"single_word":true}""", "a<t> <t>,<t>1_<t> é<t>", "a|<|t|>| |<t>|,|<|t|>|1|_|<|t|>| |é|<|t|>")]
    [InlineData("""{}""", "a<t>b", "a|<t>|b")]
    public void White_space_and_letters_beside_a_token_count_as_its_file_says(string flags, string text, string expected)
    {
        BpeTokenizer tokenizer = Load(("<t>", flags));
        int id = tokenizer.Model.AddedTokens.Single(token => token.Text == "<t>").Id;
        // What a token takes along has no ids of its own.
        int[] expectedIds = [.. expected.Split('|').SelectMany(part => part.Contains("<t>") ? [id] : tokenizer.Encode(part))];
        Assert.Equal(expectedIds, tokenizer.Encode(text, SpecialTokenHandling.Allow));
    }

    [Fact]
    public void Properties_are_saved_and_loaded()
    {
        BpeTokenizer tokenizer = Load(
            ("  ", """{"special":false,"normalized":true}"""), ("<l>", """{"lstrip":true,"special":true}"""),
            ("<r>", """{"rstrip":true,"single_word":true,"special":false,"normalized":false}"""));
        tokenizer.Model.Save(_folder.File("saved"));

        Assert.Equal(
            tokenizer.Model.AddedTokens.OrderBy(token => token.Id),
            BpeModel.Load(_folder.File("saved")).AddedTokens.OrderBy(token => token.Id));
        Assert.Equal(
            [new("  ", 258) { IsSpecial = false, IsNormalized = true }, new("<l>", 259) { TakesSpaceBefore = true },
                new("<r>", 260) { TakesSpaceAfter = true, IsSingleWord = true, IsSpecial = false }],
            tokenizer.Model.AddedTokens.Where(token => token.Id >= 258));
    }

    [Fact]
    public void A_normalized_one_is_found_in_normalized_text_alone()
    {
        BpeTokenizer tokenizer = Load(
            json => json["normalizer"] = JsonNode.Parse("""{"type":"Replace","pattern":{"String":"x"},"content":"y"}"""),
            ("<x>", """{"normalized":true,"special":false}"""), ("[x]", """{"normalized":false,"special":false}"""));

        // <x> is looked for as <y>, as it would be normalized itself.
        Assert.Equal("<x>|<x>|[x]|[|y|]", Show(tokenizer, "<x><y>[x][y]", SpecialTokenHandling.Allow));
    }

    [Fact]
    public void A_stream_gives_the_ids_of_the_whole_text_whatever_belongs_to_tokens()
    {
        BpeTokenizer tokenizer = Load(
            json => json["normalizer"] = JsonNode.Parse("""{"type":"Replace","pattern":{"String":"--"},"content":"-"}"""),
            ("  ", """{"special":false,"normalized":true}"""), ("<l>", """{"lstrip":true}"""), ("<r>", """{"rstrip":true}"""),
            ("<w>", """{"single_word":true}"""), ("a-b", """{"normalized":true,"special":false}"""));
        foreach (SpecialTokenHandling handling in (SpecialTokenHandling[])[SpecialTokenHandling.Allow, SpecialTokenHandling.Ignore])
        {
            for (int seed = 0; seed < 300; seed++)
            {
                Random random = new(seed);
                string text = string.Concat(
                    random.GetItems([" ", "  ", "a", "-", "--", "b", "<l>", "<r>", "<w>", "<", "w>", "é", "1", "\n", "ab "], 60));
                Utf8BlockReader reader = new(
                    new MemoryStream(Encoding.UTF8.GetBytes(text)), block => tokenizer.FindSafeCut(block, handling), 1 + random.Next(30));
                using IdBuffer ids = new(64);
                for (ReadOnlyMemory<byte> block = reader.Read(); !block.IsEmpty; block = reader.Read())
                    tokenizer.EncodeBlock(block.Span, reader.BlockOffset, ids, handling);

                Assert.Equal(tokenizer.Encode(text, handling), ids.ToArray());
            }
        }
    }

    private BpeTokenizer Load(params (string Text, string Flags)[] tokens) => Load(_ => { }, tokens);

    private BpeTokenizer Load(Action<JsonObject> change, params (string Text, string Flags)[] tokens)
    {
        Models.Train("ab", 258, "<|endoftext|>").Save(_folder.Path);
        File.Delete(_folder.File("vocab.json"));
        JsonObject json = JsonNode.Parse(File.ReadAllText(_folder.File("tokenizer.json")))!.AsObject();
        foreach ((string text, string flags) in tokens)
        {
            JsonObject token = JsonNode.Parse(flags)!.AsObject();
            (token["content"], token["id"]) = (text, 258 + json["added_tokens"]!.AsArray().Count - 1);
            if (!token.ContainsKey("special")) token["special"] = true;
            json["added_tokens"]!.AsArray().Add((JsonNode)token);
        }
        change(json);
        _folder.Write("tokenizer.json", json.ToJsonString());
        return BpeTokenizer.Load(_folder.Path);
    }

    private static string Show(BpeTokenizer tokenizer, string text, SpecialTokenHandling handling) =>
        string.Join('|', tokenizer.Encode(text, handling).Select(id => tokenizer.Decode([id])));
}
