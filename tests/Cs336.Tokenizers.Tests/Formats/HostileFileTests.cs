using System.Text;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>Whatever a file holds, loading gives a model that works or an <see cref="InvalidDataException"/>, and that soon.</summary>
public class HostileFileTests
{
    private static readonly BpeModel Model = Models.Train("abab.abb", 260, "<|endoftext|>");

    [Theory]
    [InlineData("vocab.json", 7)]
    [InlineData("merges.txt", 1)]
    [InlineData("tokenizer.json", 23)]
    [InlineData("ranks.tiktoken", 7)]
    [InlineData("tekken.json", 23)]
    [InlineData("encoding.json", 7)]
    public void A_file_cut_anywhere_is_refused_or_works(string name, int step)
    {
        using TemporaryFolder folder = new();
        byte[] whole = Write(folder, name);
        for (int length = whole.Length - 1; length >= 0; length -= step) LoadDamaged(folder, name, whole.AsSpan(0, length));
    }

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    [InlineData("tokenizer.json")]
    [InlineData("ranks.tiktoken")]
    [InlineData("tekken.json")]
    [InlineData("encoding.json")]
    public void A_file_with_other_bytes_is_refused_or_works(string name)
    {
        using TemporaryFolder folder = new();
        byte[] whole = Write(folder, name);
        Random random = new(7);
        byte[] telling = [.. "\"{}[]\\:, \n\r-9e0ua=/+"u8, 0, 0x80, 0xC3, 0xED, 0xFF];
        for (int i = 0; i < 400; i++)
        {
            byte[] damaged = [.. whole];
            for (int changes = 1 + random.Next(3); changes > 0; changes--)
                damaged[random.Next(damaged.Length)] = random.Next(2) == 0 ? telling[random.Next(telling.Length)] : (byte)random.Next(256);
            LoadDamaged(folder, name, damaged);
        }
    }

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("tokenizer.json")]
    [InlineData("tekken.json")]
    [InlineData("encoding.json")]
    public void Deep_nesting_is_refused(string name)
    {
        using TemporaryFolder folder = new();
        Write(folder, name);
        folder.Write(name, string.Concat(Enumerable.Repeat("{\"a\":[", 1_000_000)));

        Assert.Contains($"{folder.File(name)} is not valid JSON", Refusal(folder, name));
    }

    [Theory]
    [InlineData("normalizer", "normalizers")]
    [InlineData("pre_tokenizer", "pretokenizers")]
    [InlineData("decoder", "decoders")]
    [InlineData("post_processor", "processors")]
    public void Sequences_nested_deep_are_refused(string part, string list)
    {
        using TemporaryFolder folder = new();
        string text = Encoding.UTF8.GetString(Write(folder, "tokenizer.json"));
        string nested = string.Concat(Enumerable.Repeat($"{{\"type\":\"Sequence\",\"{list}\":[", 10_000)) + string.Concat(
            Enumerable.Repeat("]}", 10_000));
        folder.Write("tokenizer.json", $"{{\"{part}\":{nested},{text.TrimStart()[1..]}");

        Assert.Contains("is not valid JSON", Refusal(folder, "tokenizer.json"));
    }

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    [InlineData("tokenizer.json")]
    [InlineData("ranks.tiktoken")]
    [InlineData("tekken.json")]
    public void A_file_of_another_size_than_vocabularies_have_is_not_read(string name)
    {
        using TemporaryFolder folder = new();
        Write(folder, name);
        using (FileStream file = File.OpenWrite(folder.File(name))) file.SetLength(VocabularyFile.MaxBytes + 1L);

        Assert.Equal(
            $"{folder.File(name)} has {VocabularyFile.MaxBytes + 1L:N0} bytes, " +
            $"but vocabulary files have at most {VocabularyFile.MaxBytes:N0}: " +
            "is it another kind of file?", Refusal(folder, name));
    }

    [Theory]
    [InlineData("vocab.json", "\"a\":", "\"\\ud800\":")]
    [InlineData("vocab.json", "\"a\":98", "\"a\":1e999")]
    [InlineData("vocab.json", "\"a\":98", "\"a\":99999999999999999999")]
    [InlineData("vocab.json", "\"a\":98", "\"a\":98.5")]
    [InlineData("tokenizer.json", "<|endoftext|>", "\\udc00")]
    [InlineData("tokenizer.json", "\"a\": 98", "\"a\": 2147483647")]
    [InlineData("tokenizer.json", "\"id\": 0", "\"id\": -5")]
    [InlineData("tokenizer.json", "\"id\": 0", "\"id\": 2147483647")]
    public void Values_out_of_range_are_refused(string name, string found, string replacement)
    {
        using TemporaryFolder folder = new();
        string text = Encoding.UTF8.GetString(Write(folder, name));
        Assert.Contains(found, text);
        folder.Write(name, text.Replace(found, replacement));

        Assert.StartsWith(folder.Path, Refusal(folder, name));
    }

    [Fact]
    public void A_message_does_not_hold_all_of_a_long_line()
    {
        using TemporaryFolder folder = new();
        Write(folder, "merges.txt");
        folder.Write("merges.txt", new string('x', 1_000_000) + "\u0001");

        Assert.InRange(Refusal(folder, "merges.txt").Length, 1, 1000);
    }

    [Fact]
    public void A_long_token_is_worked_out_in_time()
    {
        using TemporaryFolder folder = new();
        IEnumerable<byte[]> tokens = Enumerable.Range(0, 256).Select(value => new[] { (byte)value })
            .Concat(Enumerable.Range(1, 17).Select(power => Enumerable.Repeat((byte)'a', 1 << power).ToArray()));
        string path = folder.Write(
            "ranks.tiktoken", string.Concat(tokens.Select((token, id) => $"{Convert.ToBase64String(token)} {id}\n")));

        BpeModel model = TiktokenFile.Load(path, preTokenizer: PreTokenizers.Gpt2);

        Assert.Equal(new BpeMerge(271, 271, 272), model.Merges[^1]);
    }

    private static byte[] Write(TemporaryFolder folder, string name)
    {
        Model.Save(folder.Path);
        TiktokenFile.Save(Model, folder.File("ranks.tiktoken"));
        folder.Write("tekken.json", RankedFiles.Tekken(RankedFiles.TokensOf(Model), PreTokenizers.Tekken.Pattern, 260, 1).ToJsonString());
        folder.Write("encoding.json", RankedFiles.Tiktoken(Model).ToJsonString());
        // So that the file in question is the one that is read.
        if (name == "tokenizer.json") File.Delete(folder.File("vocab.json"));
        else File.Delete(folder.File("tokenizer.json"));
        return File.ReadAllBytes(folder.File(name));
    }

    private static BpeModel Load(TemporaryFolder folder, string name) => name == "ranks.tiktoken"
        ? TiktokenFile.Load(folder.File(name), Model.SpecialTokens, PreTokenizers.Gpt2)
        : BpeModel.Load(name is "tekken.json" or "encoding.json" ? folder.File(name) : folder.Path);

    private static string Refusal(TemporaryFolder folder, string name) =>
        Assert.Throws<InvalidDataException>(() => Load(folder, name)).Message;

    private static void LoadDamaged(TemporaryFolder folder, string name, ReadOnlySpan<byte> bytes)
    {
        File.WriteAllBytes(folder.File(name), bytes);
        BpeModel model;
        try
        {
            model = Load(folder, name);
        }
        catch (InvalidDataException e)
        {
            Assert.StartsWith(folder.Path, e.Message);
            return;
        }
        byte[] text = "abab é\u0000\xff<|endoftext|>"u8.ToArray();
        BpeTokenizer tokenizer = new(model);
        Assert.Equal(text, tokenizer.DecodeBytes(tokenizer.Encode(text, SpecialTokenHandling.Allow)));
    }
}
