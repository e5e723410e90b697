using System.Text;
using System.Text.Json;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>Tokenizers of a dictionary of bytes and a list of byte pairs.</summary>
public class BytePairsTests
{
    private const string Text =
        "low low low low low lower lower widest widest widest newest newest newest newest newest newest<|endoftext|>ünïcödé 🙂";

    [Fact]
    public void What_a_model_hands_out_makes_the_same_tokenizer()
    {
        BpeModel model = Models.Train(Text, 290, "<|endoftext|>", "<|pad|>");
        Dictionary<int, byte[]> vocabulary = model.GetVocabulary();
        IReadOnlyList<(byte[] Left, byte[] Right)> merges = model.GetBytePairs();
        Assert.Equal((model.VocabSize, model.VocabSize - 258), (vocabulary.Count, merges.Count));
        Assert.Equal(model.GetTokenBytes(model.Merges[0].Result), [.. merges[0].Left, .. merges[0].Right]);

        BpeTokenizer tokenizer = new(vocabulary, merges, ["<|pad|>", "<|endoftext|>"]), original = new(model);
        foreach (string text in (string[])[Text, "", "the lowest<|pad|><|endoftext|>", "\r\n  newest"])
        {
            Assert.Equal(original.Encode(text, SpecialTokenHandling.Allow), tokenizer.Encode(text, SpecialTokenHandling.Allow));
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, SpecialTokenHandling.Allow)));
        }
        Assert.Equal(model.SpecialTokens.OrderBy(token => token.Key), tokenizer.SpecialTokens.OrderBy(token => token.Key));
    }

    [Fact]
    public void Special_tokens_that_the_vocabulary_lacks_get_the_ids_after_its_last()
    {
        BpeModel model = Models.Train(Text, 290, "<|endoftext|>");
        BpeTokenizer tokenizer = new(model.GetVocabulary(), model.GetBytePairs(), ["<|a|>", "<|endoftext|>", "<|endoftext|><|endoftext|>"]);
        int next = model.VocabSize;
        Assert.Equal(
            [("<|a|>", next), ("<|endoftext|>", 0), ("<|endoftext|><|endoftext|>", next + 1)],
            tokenizer.SpecialTokens.Select(token => (token.Key, token.Value)));
        // the longest counts
        Assert.Equal([0, next, next + 1], tokenizer.Encode("<|endoftext|><|a|><|endoftext|><|endoftext|>", SpecialTokenHandling.Allow));
        Assert.Equal(next, new BpeTokenizer(model.GetVocabulary(), model.GetBytePairs()).VocabSize);
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_its_bytes()
    {
        Dictionary<int, byte[]> bytes = Enumerable.Range(0, 256).ToDictionary(id => id, id => new[] { (byte)id });
        Dictionary<int, byte[]> With(int id, string text) => new(bytes) { [id] = Encoding.UTF8.GetBytes(text) };
        void Refused(string expected, Dictionary<int, byte[]> vocabulary, (byte[], byte[])[] merges, params string[] specialTokens) =>
            Assert.Contains(expected, Assert.Throws<ArgumentException>(() => new BpeModel(vocabulary, merges, specialTokens)).Message);
        Assert.Equal(257, new BpeModel(With(256, "ab"), [("a"u8.ToArray(), "b"u8.ToArray())]).VocabSize);
        Refused("The vocabulary has 257 tokens, but none with id 256: the ids must be 0 to 256.", With(300, "ab"), []);
        Refused("Ids 97 and 256 are both 'a' (bytes 61)", With(256, "a"), []);
        Refused("Merge 1 is of 'a' (bytes 61) and 'c' (bytes 63), but the vocabulary has no token 'ac' (bytes 6163).", With(256, "ab"),
            [("a"u8.ToArray(), "b"u8.ToArray()), ("a"u8.ToArray(), "c"u8.ToArray())]);
        Refused("but the vocabulary has no token 'xy' (bytes 7879)", With(256, "ab"), [("xy"u8.ToArray(), "b"u8.ToArray())]);
        Refused("Merge 0 has a side that is null", With(256, "ab"), [("a"u8.ToArray(), null!)]);
        Refused("Special token '<|x|>' is there twice", bytes, [], "<|x|>", "<|x|>");
        Refused("A special token is empty text", bytes, [], "");
        Refused("No token is the byte 0x61", bytes, [], "a");
        bytes.Remove(255);
        Refused("No token is the byte 0xff", bytes, []);
    }

    [Fact]
    public void The_model_keeps_copies()
    {
        Dictionary<int, byte[]> vocabulary = Enumerable.Range(0, 256).ToDictionary(id => id, id => new[] { (byte)id });
        BpeModel model = new(vocabulary, []);
        vocabulary[97][0] = 98;
        model.GetVocabulary()[98][0] = 97;
        Assert.Equal("a"u8, model.GetTokenBytes(97));
        Assert.Equal("b"u8, model.GetTokenBytes(98));
    }

    [SharedDataFact("gpt2/vocab.json", "gpt2/merges.txt", "corpora/tinystories_197k.txt")]
    public void Gpt2_from_its_bytes_gives_the_ids_of_Gpt2_from_its_files()
    {
        string folder = Path.GetDirectoryName(SharedData.TryFind("gpt2/vocab.json")!)!;
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "vocab.json")));
        Dictionary<int, byte[]> vocabulary = json.RootElement.EnumerateObject()
            .ToDictionary(token => token.Value.GetInt32(), token => Unspell(token.Name));
        (byte[], byte[])[] merges =
            [.. File.ReadLines(Path.Combine(folder, "merges.txt"))
                .Where(line => !line.StartsWith("#version", StringComparison.Ordinal) && line.Length > 0)
            .Select(line => line.Split(' ')).Select(sides => (Unspell(sides[0]), Unspell(sides[1])))];
        BpeTokenizer tokenizer = new(vocabulary, merges, ["<|endoftext|>"]), loaded = BpeTokenizer.Load(folder);
        string text = File.ReadAllText(SharedData.TryFind("corpora/tinystories_197k.txt")!);
        Assert.Equal(loaded.Encode(text, SpecialTokenHandling.Allow), tokenizer.Encode(text, SpecialTokenHandling.Allow));
    }

    /// <summary>GPT-2's letters for bytes, the other way round: printable ones stand for themselves, the others come after 255.</summary>
    private static byte[] Unspell(string spelled)
    {
        List<char> letters = [];
        int others = 0;
        for (int value = 0; value < 256; value++)
            letters.Add((char)(value is (>= '!' and <= '~') or (>= 0xa1 and <= 0xac) or >= 0xae ? value : 256 + others++));
        return [.. spelled.Select(letter => (byte)letters.IndexOf(letter))];
    }
}
