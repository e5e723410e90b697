using System.Text;
using Microsoft.ML.Tokenizers;
using Cs336.Testing;
using MicrosoftBpeTokenizer = Microsoft.ML.Tokenizers.BpeTokenizer;

namespace Cs336.Tokenizers.MicrosoftML.Tests;

public class TokenizerFromMicrosoftMLTests
{
    private static readonly BpeTokenizer Ours = Pair.Instance.Ours;
    private static readonly ITokenizer Theirs = Pair.Instance.Theirs.AsTokenizer(Gpt2PreTokenizer.Instance);

    public static TheoryData<string> Texts => [.. Pair.Texts];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Gives_the_same_ids_and_text(string text)
    {
        Assert.Equal(Ours.Encode(text), Theirs.Encode(text));
        Assert.Equal(Ours.Encode(text, SpecialTokenHandling.Allow), Theirs.Encode(text, SpecialTokenHandling.Allow));
        Assert.Equal(text, Theirs.Decode(Theirs.Encode(text)));
    }

    [Fact]
    public void Has_the_same_vocabulary()
    {
        Assert.Equal(Ours.VocabSize, Theirs.VocabSize);
        Assert.Equal(Ours.SpecialTokens.OrderBy(token => token.Value), Theirs.SpecialTokens.OrderBy(token => token.Value));
        for (int id = 0; id < Ours.VocabSize; id++) Assert.Equal(Ours.GetTokenBytes(id), Theirs.GetTokenBytes(id));
        Assert.Throws<ArgumentOutOfRangeException>(() => Theirs.Decode([Ours.VocabSize]));
    }

    [Fact]
    public void Bytes_that_are_not_utf8_come_back()
    {
        Random random = new(1);
        byte[] pool = [.. Encoding.UTF8.GetBytes("a é日🙂<|endoftext|>"), 0xFF, 0xC0, 0xED, 0xA0, 0x80];
        for (int i = 0; i < 500; i++)
        {
            byte[] text = random.GetItems(pool, random.Next(30));

            Assert.Equal(text, Theirs.DecodeBytes(Theirs.Encode(text, SpecialTokenHandling.Allow)));
            Assert.Equal(text, Theirs.DecodeBytes(Theirs.Encode(text)));
        }
    }

    [Fact]
    public void Special_tokens_are_forbidden_on_demand()
    {
        ForbiddenSpecialTokenException e = Assert.Throws<ForbiddenSpecialTokenException>(
            () => Theirs.Encode("é <|pad|>", SpecialTokenHandling.Forbid));

        Assert.Equal(("<|pad|>", 3), (e.Token, e.Offset));
    }

    [Fact]
    public void Without_a_pre_tokenizer_special_tokens_cannot_be_plain_text()
    {
        ITokenizer tokenizer = Pair.Instance.Theirs.AsTokenizer();

        Assert.Equal(Ours.Encode("the cat"), tokenizer.Encode("the cat"));
        Assert.Equal(Ours.Encode("the<|pad|>", SpecialTokenHandling.Allow), tokenizer.Encode("the<|pad|>", SpecialTokenHandling.Allow));
        Assert.Contains("at byte 3", Assert.Throws<NotSupportedException>(() => tokenizer.Encode("the<|pad|>")).Message);
    }

    [Fact]
    public void A_stream_gives_the_ids_of_the_whole()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(string.Concat(Pair.Texts) + "𐐀!x ", 20_000)));
        Assert.True(text.Length > 2 << 20);

        Assert.True(Theirs.Encode(text, SpecialTokenHandling.Allow).AsSpan()
            .SequenceEqual([.. Theirs.EncodeStream(new MemoryStream(text), SpecialTokenHandling.Allow)]));
    }

    [Fact]
    public void A_byte_level_bpe_tokenizer_is_taken_too()
    {
        using TemporaryFolder folder = new();
        Ours.Model.Save(folder.Path);
        BpeOptions options = new(folder.File("vocab.json"), folder.File("merges.txt"))
        {
            ByteLevel = true,
            PreTokenizer = new RegexPreTokenizer(new System.Text.RegularExpressions.Regex(Gpt2PreTokenizer.Instance.Pattern), null),
            SpecialTokens = new Dictionary<string, int>(Ours.SpecialTokens),
        };
        ITokenizer tokenizer = MicrosoftBpeTokenizer.Create(options).AsTokenizer(Gpt2PreTokenizer.Instance);

        foreach (string text in Pair.Texts)
        {
            Assert.Equal(Ours.Encode(text, SpecialTokenHandling.Allow), tokenizer.Encode(text, SpecialTokenHandling.Allow));
            Assert.Equal(Ours.Encode(text), tokenizer.Encode(text));
        }
    }

    [Fact]
    public void There_and_back_is_the_tokenizer_itself() => Assert.Same(Ours, Ours.AsMicrosoftTokenizer().AsTokenizer());

    [Fact]
    public void Any_tokenizer_is_taken_with_a_vocabulary_of_ones_own()
    {
        Dictionary<int, byte[]> tokens = Enumerable.Range(0, Ours.VocabSize).ToDictionary(id => id, id => Ours.GetTokenBytes(id).ToArray());
        TokenizerFromMicrosoftML tokenizer = new(Ours.AsMicrosoftTokenizer(), tokens, Ours.SpecialTokens);

        Assert.Equal(Ours.Encode("the cat 日本"), tokenizer.Encode("the cat 日本"));
        Assert.Throws<ArgumentException>(
            () => new TokenizerFromMicrosoftML(Pair.Instance.Theirs, new Dictionary<int, byte[]>(), Ours.SpecialTokens));
    }

    [Fact]
    public void One_whose_bytes_are_not_known_is_refused()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n[PAD]\n[MASK]\na\n");

        Assert.Contains(
            "WordPieceTokenizer", Assert.Throws<NotSupportedException>(() => WordPieceTokenizer.Create(path).AsTokenizer()).Message);
    }
}
