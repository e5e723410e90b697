using System.Text;
using System.Text.Json.Nodes;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>Vocabularies over characters, as SentencePiece's.</summary>
public sealed class CharacterVocabularyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("hello world", "▁hello ▁world")]
    [InlineData(" hello", "▁ ▁hello")]
    [InlineData("hello  world", "▁hello ▁ ▁world")]
    [InlineData("hello   t", "▁hello ▁▁ ▁ t")]
    [InlineData("hell", "▁ hell")]
    [InlineData("été", "▁ ét é")] // merges know no words: é t comes before ▁ é
    [InlineData("a", "▁ <0x61>")]
    [InlineData("hello日\n", "▁hello <0xE6> <0x97> <0xA5> <0x0A>")]
    [InlineData("▂", "▁ <0xE2> <0x96> <0x82>")] // its first two bytes are those of ▁
    [InlineData("hello</s>hello", "▁hello </s> ▁hello")]
    [InlineData("</s> hello", "</s> ▁ ▁hello")]
    [InlineData("", "")]
    public void Characters_are_merged_and_others_are_bytes(string text, string expected)
    {
        BpeTokenizer tokenizer = Load();

        Assert.Equal(expected, Show(tokenizer, tokenizer.Encode(text, SpecialTokenHandling.Allow)));
    }

    [Theory]
    [InlineData("hello world")]
    [InlineData(" hello  world ")]
    [InlineData("日本 é▂\n\thello")]
    [InlineData("   ")]
    public void Decoding_gives_the_text_back(string text)
    {
        BpeTokenizer tokenizer = Load();
        int[] ids = tokenizer.Encode(text);
        StreamingDecoder decoder = new(tokenizer);

        Assert.Equal(text, tokenizer.Decode(ids));
        Assert.Equal(text, string.Concat(ids.Select(decoder.Append)) + decoder.Flush());
        Assert.Equal(text, tokenizer.Decode([.. tokenizer.Model.Template.Before, .. ids], skipSpecialTokens: true));
    }

    [Fact]
    public void A_text_that_goes_on_keeps_its_space()
    {
        BpeTokenizer tokenizer = Load();
        int[] ids = tokenizer.Encode("hello world");
        StreamingDecoder decoder = new(tokenizer, isContinuation: true);

        Assert.Equal(" world", decoder.Append(ids[1]) + decoder.Flush());
    }

    [Fact]
    public void The_template_is_added_where_it_is_asked_for()
    {
        BpeTokenizer tokenizer = Load();

        Assert.Equal("<s> ▁hello", Show(tokenizer, tokenizer.EncodeWithTemplate("hello")));
        Assert.Equal("▁hello", Show(tokenizer, tokenizer.Encode("hello")));
    }

    [Fact]
    public void A_stream_gives_the_ids_of_the_whole_text()
    {
        BpeTokenizer tokenizer = Load();
        for (int seed = 0; seed < 300; seed++)
        {
            Random random = new(seed);
            string text = string.Concat(random.GetItems(["hello", " ", "  ", "world", "é", "t", "日", "▁", "</s>", "\n", "▂", "x"], 60));
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            Utf8BlockReader reader = new(
                new MemoryStream(utf8), block => tokenizer.FindSafeCut(block, SpecialTokenHandling.Allow), 1 + random.Next(30));
            IdBuffer ids = new(64);
            for (ReadOnlyMemory<byte> block = reader.Read(); !block.IsEmpty; block = reader.Read())
                tokenizer.EncodeBlock(block.Span, reader.BlockOffset, ids, SpecialTokenHandling.Allow);

            Assert.Equal(tokenizer.Encode(text, SpecialTokenHandling.Allow), ids.ToArray());
        }
    }

    [Theory]
    [InlineData("always", "hello</s>hello", "▁hello </s> ▁hello")]
    [InlineData("first", "hello</s>hello", "▁hello </s> hello")]
    [InlineData("first", "</s>hello", "</s> hello")]
    [InlineData("never", "hello</s>hello", "hello </s> hello")]
    [InlineData("always", " hello", "▁hello")]
    public void Metaspace_puts_the_mark_where_it_says(string scheme, string text, string expected)
    {
        BpeTokenizer tokenizer = Load(json =>
        {
            json["normalizer"] = null;
            json["pre_tokenizer"] = JsonNode.Parse(
                $$"""{"type":"Metaspace","replacement":"▁","prepend_scheme":"{{scheme}}","split":false}""");
        });

        Assert.Equal(expected, Show(tokenizer, tokenizer.Encode(text, SpecialTokenHandling.Allow)));
    }

    [Theory]
    [InlineData(true, "a日b hello", "▁ <unk> ▁hello")]
    [InlineData(false, "a日 hello", "▁ <unk> <unk> ▁hello")]
    public void Without_bytes_what_has_no_token_is_unknown(bool fuses, string text, string expected)
    {
        BpeTokenizer tokenizer = Load(json =>
        {
            json["model"]!["byte_fallback"] = false;
            json["model"]!["fuse_unk"] = fuses;
        });

        Assert.Equal(expected, Show(tokenizer, tokenizer.Encode(text)));
    }

    [Fact]
    public void Without_a_token_for_what_is_unknown_it_is_an_error()
    {
        BpeTokenizer tokenizer = Load(json =>
        {
            json["model"]!["byte_fallback"] = false;
            json["model"]!["unk_token"] = null;
        });

        Assert.Contains("the byte 0x61, for which the vocabulary has no token, nor one for what is unknown",
            Assert.Throws<InvalidOperationException>(() => tokenizer.Encode("hello a")).Message);
        Assert.Equal("▁hello", Show(tokenizer, tokenizer.Encode("hello")));
    }

    [Fact]
    public void What_is_saved_is_loaded()
    {
        BpeTokenizer tokenizer = Load();
        tokenizer.Model.Save(_folder.File("saved"));
        BpeTokenizer loaded = BpeTokenizer.Load(_folder.File("saved"));
        const string Text = "hello  world日▂\n";

        Assert.Equal(["tokenizer.json"], Directory.GetFiles(_folder.File("saved")).Select(Path.GetFileName));
        Assert.Equal(tokenizer.Encode(Text), loaded.Encode(Text));
        Assert.Equal(Text, loaded.Decode(loaded.Encode(Text)));
        Assert.Equal([1], loaded.Model.Template.Before);
        Assert.Contains("Save it as tokenizer.json",
            Assert.Throws<InvalidOperationException>(() => TiktokenFile.Save(loaded.Model, _folder.File("ranks.tiktoken"))).Message);
    }

    [Fact]
    public void A_folder_of_another_kind_of_vocabulary_becomes_this_one()
    {
        Models.Train("ab", 258, "<|endoftext|>").Save(_folder.File("saved"));
        BpeTokenizer tokenizer = Load();

        tokenizer.Model.Save(_folder.File("saved"));

        Assert.Equal(tokenizer.Encode("hello"), BpeTokenizer.Load(_folder.File("saved")).Encode("hello"));
    }

    private BpeTokenizer Load(Action<JsonObject>? change = null)
    {
        CharacterTokenizer.Write(_folder.Path, change);
        return BpeTokenizer.Load(_folder.Path);
    }

    /// <summary>The tokens as the vocabulary spells them.</summary>
    private static string Show(BpeTokenizer tokenizer, int[] ids)
    {
        string?[] spellings = Gpt2Vocabulary.Spell(tokenizer.Model.Vocabulary);
        return string.Join(' ', ids.Select(id => spellings[id]));
    }
}
