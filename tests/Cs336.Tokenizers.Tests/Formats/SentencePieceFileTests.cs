using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>Small models that are written byte for byte, with ids that were worked out by hand.</summary>
public sealed class SentencePieceFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "")]
    [InlineData("ab", "4")] // ▁ab
    [InlineData("abab", "4 3")]
    [InlineData("aba", "4 7")] // "ab" goes before "ba"
    [InlineData("ba ab", "6 5 4")]
    [InlineData("  ab", "6 6 4")]
    [InlineData("é", "6 9")]
    [InlineData("axyb", "6 7 0 8")] // two unknown ones are one
    [InlineData("<s>", "6 0")] // control pieces are not found in text
    public void Ids_follow_the_scores(string text, string ids)
    {
        BpeTokenizer tokenizer = Load(ModelBytes.Tiny().Trainer(2).Normalizer(space: true, removesExtra: false));

        Assert.Equal(ids, string.Join(' ', tokenizer.Encode(text)));
        if (!ids.Split(' ').Contains("0")) Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void Control_pieces_are_special_tokens()
    {
        BpeTokenizer tokenizer = Load(ModelBytes.Tiny().Trainer(2).Normalizer(space: true, removesExtra: false));

        Assert.Equal(["</s>", "<s>", "<unk>"], tokenizer.SpecialTokens.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([1, 4, 2], tokenizer.Encode("<s>ab</s>", SpecialTokenHandling.Allow));
    }

    [Fact]
    public void Bytes_stand_for_characters_without_a_piece()
    {
        ModelBytes model = ModelBytes.Tiny();
        for (int value = 0; value < 256; value++) model.Piece($"<0x{value:X2}>", 0, 6);
        BpeTokenizer tokenizer = Load(model.Trainer(2, bytes: true).Normalizer(space: false, removesExtra: false));

        Assert.Equal([7, 10 + 0xC3, 10 + 0xB6, 10 + 'x', 9], tokenizer.Encode("aöxé"));
        Assert.Equal("aöxé <0x41>", tokenizer.Decode(tokenizer.Encode("aöxé <0x41>")));
    }

    [Fact]
    public void Extra_spaces_are_removed()
    {
        BpeTokenizer tokenizer = Load(ModelBytes.Tiny().Trainer(2).Normalizer(space: true, removesExtra: true));

        Assert.Equal([4, 4], tokenizer.Encode("   ab   ab  "));
        Assert.Equal([], tokenizer.Encode("   "));
        Assert.Equal("ab ab", tokenizer.Decode([4, 4]));
    }

    [Fact]
    public void A_space_stands_after_a_text()
    {
        BpeTokenizer tokenizer = Load(ModelBytes.Tiny().Trainer(2, spaceAfter: true).Normalizer(space: true, removesExtra: false));

        Assert.Equal([3, 6], tokenizer.Encode("ab"));
        Assert.Equal(0, tokenizer.FindSafeCut("ab ab ab"u8, SpecialTokenHandling.Ignore)); // a part's end would be taken for the text's
    }

    [Fact]
    public void User_defined_pieces_stay_whole_and_are_not_mapped()
    {
        ModelBytes model = ModelBytes.Tiny().Piece("bA", 0, 4).Piece("b", -9, 1);
        Assert.Contains("twice", Refusal(model.Trainer(2).Normalizer(true, false)));

        BpeTokenizer tokenizer = Load(
            ModelBytes.Tiny().Piece("bA", 0, 4).Trainer(2).Normalizer(space: true, removesExtra: false, SmallMap()));

        Assert.Equal([6, 7, 10, 7], tokenizer.Encode("abAA"));
        Assert.Equal([6, 10], tokenizer.Encode("bA"));
    }

    [Fact]
    public void Characters_are_mapped_the_longest_first()
    {
        BpeTokenizer tokenizer = Load(ModelBytes.Tiny().Trainer(2).Normalizer(space: true, removesExtra: false, SmallMap()));

        Assert.Equal(tokenizer.Encode("ab ba"), tokenizer.Encode("Ab éA"));
    }

    [Fact]
    public void A_part_of_a_text_goes_on_after_a_safe_cut()
    {
        Random random = new(5);
        foreach (bool removes in (bool[])[true, false])
        {
            BpeTokenizer tokenizer = Load(
                ModelBytes.Tiny().Piece("bA", 0, 4).Trainer(2).Normalizer(space: true, removes, SmallMap()));
            int cuts = 0;
            for (int i = 0; i < 3000; i++)
            {
                byte[] text = [.. Enumerable.Range(0, random.Next(30)).SelectMany(_ => System.Text.Encoding.UTF8.GetBytes(
                    random.GetItems<string>(["a", "b", "A", " ", " ", "é", "▁", "bA", "\u3000", "x"], 1)[0]))];
                int cut = tokenizer.FindSafeCut(text, SpecialTokenHandling.Ignore);
                cuts += cut > 0 ? 1 : 0;
                System.Buffers.ArrayBufferWriter<int> ids = new();
                tokenizer.Encode(text.AsSpan(0, cut), ids);
                if (cut == 0) tokenizer.Encode(text, ids);
                else tokenizer.EncodeContinuation(text.AsSpan(cut), ids, SpecialTokenHandling.Ignore);
                Assert.Equal(tokenizer.Encode(text), ids.WrittenSpan.ToArray());
            }
            Assert.True(cuts > 100, $"{cuts} texts can be cut");
        }
    }

    [Fact]
    public void A_model_that_tokenizer_json_can_tell_is_saved_as_one()
    {
        BpeTokenizer tokenizer = Load(ModelBytes.Tiny().Trainer(2).Normalizer(space: true, removesExtra: false));
        tokenizer.Model.Save(_folder.File("saved"));
        BpeTokenizer saved = BpeTokenizer.Load(_folder.File("saved"));

        Assert.Equal(["tokenizer.json"], Directory.GetFiles(_folder.File("saved")).Select(Path.GetFileName));
        Assert.Equal(tokenizer.Model.Merges, saved.Model.Merges);
        foreach (string text in (string[])["", "ab  ba é", " <s>x", "aba▁b"]) Assert.Equal(tokenizer.Encode(text), saved.Encode(text));
    }

    [Fact]
    public void A_model_that_tokenizer_json_cannot_tell_is_not_saved()
    {
        BpeTokenizer tokenizer = Load(ModelBytes.Tiny().Trainer(2).Normalizer(space: true, removesExtra: true));

        string message = Assert.Throws<NotSupportedException>(() => tokenizer.Model.Save(_folder.File("saved"))).Message;

        Assert.Contains("makes one of several spaces", message);
        Assert.False(File.Exists(_folder.File("saved/tokenizer.json")));
    }

    [Theory]
    [InlineData(1, "is a SentencePiece Unigram model")]
    [InlineData(3, "is a SentencePiece word model")]
    [InlineData(4, "is a SentencePiece character model")]
    [InlineData(9, "is a SentencePiece model of the type unknown (9)")]
    public void Other_models_are_refused_by_what_they_are(int type, string message) =>
        Assert.Contains(message, Refusal(ModelBytes.Tiny().Trainer(type).Normalizer(true, false)));

    [Fact]
    public void What_would_give_other_ids_is_refused_by_name()
    {
        Assert.Contains("the unused piece 'bab'", Refusal(ModelBytes.Tiny().Piece("bab", -9, 5).Trainer(2)));
        Assert.Contains("the pieces 'ba' and 'aa' one score", Refusal(ModelBytes.Tiny().Piece("aa", -2, 1).Trainer(2)));
        Assert.Contains("2 pieces for what is unknown", Refusal(ModelBytes.Tiny().Piece("<u>", 0, 2).Trainer(2)));
        Assert.Contains("0 pieces for bytes, but must have all 256", Refusal(ModelBytes.Tiny().Trainer(2, bytes: true)));
        Assert.Contains("1 pieces for bytes, but must have none", Refusal(ModelBytes.Tiny().Piece("<0x00>", 0, 6).Trainer(2)));
        Assert.Contains("'ab' twice", Refusal(ModelBytes.Tiny().Piece("ab", -9, 1).Trainer(2)));
        Assert.Contains("a denormalizer_spec", Refusal(ModelBytes.Tiny().Trainer(2).Bytes(5, new ModelBytes().Bytes(2, 1, 2).ToArray())));
        Assert.Contains("has a map of characters", Refusal(ModelBytes.Tiny().Trainer(2).Normalizer(true, false, [9, 9, 9, 9, 9, 9, 9, 9])));
    }

    /// <summary>A trie of "A", which becomes "a", and "é", which becomes "b".</summary>
    private static byte[] SmallMap()
    {
        uint[] units = new uint[1024];
        units[0] = 1 << 10;
        units[0x40] = 'A' | 0x100 | (0x80 << 10);
        units[0xC0] = 0 | 0x8000_0000;
        units[0xC2] = 0xC3 | (0x100 << 10);
        units[0x16B] = 0xA9 | 0x100 | (0x200 << 10);
        units[0x36B] = 2 | 0x8000_0000;
        return [.. BitConverter.GetBytes(4096), .. units.SelectMany(BitConverter.GetBytes), .. "a\0b\0"u8];
    }

    private BpeTokenizer Load(ModelBytes model)
    {
        File.WriteAllBytes(_folder.File("tokenizer.model"), model.ToArray());
        return BpeTokenizer.Load(_folder.Path);
    }

    private string Refusal(ModelBytes model) => Assert.Throws<InvalidDataException>(() => Load(model)).Message;
}
