using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>Files of counts that are damaged, made up or do not belong together give no vocabulary.</summary>
public sealed class HostileCountFileTests : IDisposable
{
    private const string Text = "the cat sat on the mat<|endoftext|>the other cat\n";
    private const int HeaderStart = 16, TailBytes = 48;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_byte_that_is_changed_and_any_length_that_is_cut_is_found()
    {
        string good = Count("a.txt", Text, "good"), bad = _folder.File("bad");
        byte[] bytes = File.ReadAllBytes(good);

        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 0x41;
            File.WriteAllBytes(bad, changed);
            AssertRefused(bad);
            File.WriteAllBytes(bad, bytes[..i]);
            AssertRefused(bad);
        }
        File.WriteAllBytes(bad, [.. bytes, 0]);
        AssertRefused(bad);
        Assert.Equal(Train(good).Merges, Train(good).Merges);
    }

    [Theory]
    [InlineData("a pre-token stands there twice or is out of order", "0001620100016201")]
    [InlineData("a pre-token stands there twice or is out of order", "0001620100016101")]
    [InlineData("a pre-token is empty, stands there twice or is out of order", "00016201010001")]
    [InlineData("a pre-token shares 2 bytes with one of 1", "0001620102016201")]
    [InlineData("a pre-token shares 1 bytes with one of 0", "01016201")]
    [InlineData("a pre-token has 127 bytes, but 2 are left", "007F6201")]
    [InlineData("a pre-token has 562,949,953,421,311 bytes, but 1 are left", "00FFFFFFFFFFFF7F01")]
    [InlineData("has the count 0", "00016200")]
    [InlineData("has the count 18,446,744,073,709,551,615", "000162FFFFFFFFFFFFFFFFFF01")]
    [InlineData("a number has more than 64 bits", "000162FFFFFFFFFFFFFFFFFF02")]
    [InlineData("the records end within one", "000162")]
    [InlineData("says that it has 1 pre-tokens of 1 bytes of text, but has 2 of 2", "0001610100016201")]
    public void Records_that_cannot_be_are_refused_though_the_checksum_is_right(string message, string records)
    {
        string path = WriteFile("made-up", Convert.FromHexString(records), distinct: 1, textBytes: 1);

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => Train(path));

        Assert.StartsWith(path, e.Message);
        Assert.Contains(message, e.Message);
    }

    [Fact]
    public void Counts_that_add_up_to_more_than_a_number_holds_are_refused()
    {
        byte[] large = [0, 1, (byte)'b', 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F];
        string first = WriteFile("first", large, 1, long.MaxValue, "0/2"), second = WriteFile("second", large, 1, long.MaxValue, "1/2");

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => Train(first, second));

        Assert.Equal("The files count more than 9,223,372,036,854,775,807 bytes of text in all.", e.Message);
    }

    [Theory]
    [InlineData("holds no counts of pre-tokens", 0, 0)]
    [InlineData("has version 2 of counts of pre-tokens, but 1 can be read", 8, 2)]
    [InlineData("is damaged: it has", 12, int.MaxValue)]
    [InlineData("is damaged: it has", 12, -1)]
    public void Another_kind_version_or_size_is_told(string message, int place, int value)
    {
        string path = Count("a.txt", Text, "counts");
        byte[] bytes = File.ReadAllBytes(path);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(place), value);
        File.WriteAllBytes(path, bytes);

        Assert.StartsWith($"{path} {message}", Assert.Throws<InvalidDataException>(() => PreTokenCountFile.Open(path)).Message);
    }

    [Fact]
    public void Counts_of_another_pattern_or_other_special_tokens_are_refused_and_both_are_named()
    {
        string gpt2 = Count("a.txt", Text, "gpt2");
        string cl100k = Count("b.txt", Text, "cl100k", new CorpusCounterOptions { PreTokenizer = PreTokenizers.Cl100k });
        string other = Count("c.txt", Text, "other", new CorpusCounterOptions { SpecialTokens = ["<|end|>", "<|x|>"] });

        string pattern = Assert.Throws<InvalidDataException>(() => Train(gpt2, cl100k)).Message;
        string tokens = Assert.Throws<InvalidDataException>(() => PreTokenCountFile.Merge([gpt2, other], _folder.File("sum"))).Message;
        string options = Assert.Throws<InvalidDataException>(() => Train(other)).Message;

        Assert.StartsWith(
            $"{gpt2} has the pattern '{PreTokenizers.Gpt2.Pattern}', but {cl100k} has '{PreTokenizers.Cl100k.Pattern}'", pattern);
        Assert.StartsWith($"{gpt2} has the special tokens '<|endoftext|>', but {other} has '<|end|>', '<|x|>'", tokens);
        Assert.StartsWith($"The training has the special tokens '<|endoftext|>', but {other} has '<|end|>', '<|x|>'", options);
        Assert.False(File.Exists(_folder.File("sum")));
    }

    [Fact]
    public void A_shard_that_is_there_twice_or_missing_is_told()
    {
        string text = _folder.Write("a.txt", string.Concat(Enumerable.Repeat(Text, 50)));
        CorpusCounter counter = new(new CorpusCounterOptions());
        string[] counts = [.. Enumerable.Range(0, 4).Select(i => _folder.File($"counts-{i}"))];
        for (int i = 0; i < 4; i++) counter.CountFiles([text], counts[i], new CorpusShard(i, 4)).Dispose();
        counter.CountFiles([text], _folder.File("half"), new CorpusShard(0, 2)).Dispose();
        PreTokenCountFile.Merge(counts[..2], _folder.File("two"));

        string twice =
            Assert.Throws<InvalidDataException>(() => PreTokenCountFile.Merge([.. counts, counts[1]], _folder.File("sum"))).Message;
        string within = Assert.Throws<InvalidDataException>(() => Train([_folder.File("two"), counts[1], counts[2], counts[3]])).Message;
        string missing = Assert.Throws<InvalidDataException>(() => Train(_folder.File("two"))).Message;
        string mixed = Assert.Throws<InvalidDataException>(() => Train(counts[2], _folder.File("half"))).Message;

        Assert.StartsWith($"Shard 1/4 of a.txt is in {counts[1]} and again in {counts[1]}", twice);
        Assert.StartsWith($"Shard 1/4 of a.txt is in {_folder.File("two")} and again in {counts[1]}", within);
        Assert.StartsWith($"Of the 4 shards of a.txt, of which {_folder.File("two")} has one, 2 are missing: 2/4, 3/4.", missing);
        Assert.StartsWith($"{counts[2]} has shard 2/4 of a.txt, but {_folder.File("half")} has shard 0/2 of it", mixed);
        Assert.Equal(Train(counts).Merges, Train(_folder.File("two"), counts[3], counts[2]).Merges);
    }

    [Fact]
    public void Texts_without_anything_to_train_on_are_told()
    {
        string empty = Count("empty.txt", "", "empty"), special = Count("special.txt", "<|endoftext|>", "special");

        Assert.StartsWith($"{empty} is empty", Assert.Throws<InvalidDataException>(() => Train(empty)).Message);
        Assert.StartsWith($"{special} holds special tokens only", Assert.Throws<InvalidDataException>(() => Train(special)).Message);
        Assert.Throws<ArgumentException>(() => Train());
        Assert.Throws<FileNotFoundException>(() => Train(_folder.File("none")));
    }

    private static BpeModel Train(params string[] counts) => new BpeTrainer(new BpeTrainerOptions { VocabSize = 270 }).TrainCounts(counts);

    private static void AssertRefused(string path) =>
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => Train(path)).Message);

    private string Count(string name, string text, string output, CorpusCounterOptions? options = null)
    {
        new CorpusCounter(options ?? new CorpusCounterOptions()).CountFiles([_folder.Write(name, text)], _folder.File(output)).Dispose();
        return _folder.File(output);
    }

    /// <summary>A file with a true checksum around any records.</summary>
    private string WriteFile(string name, byte[] records, long distinct, long textBytes, string shard = "0/1")
    {
        byte[] good = File.ReadAllBytes(Count("a.txt", Text, "template"));
        int header = BinaryPrimitives.ReadInt32LittleEndian(good.AsSpan(12));
        string json = Encoding.UTF8.GetString(good, HeaderStart, header).Replace("0/1", shard, StringComparison.Ordinal);
        byte[] numbers = new byte[TailBytes - SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt64LittleEndian(numbers, distinct);
        BinaryPrimitives.WriteInt64LittleEndian(numbers.AsSpan(8), textBytes);
        byte[] content = [.. good[..HeaderStart], .. Encoding.UTF8.GetBytes(json), .. records, .. numbers];
        File.WriteAllBytes(_folder.File(name), [.. content, .. SHA256.HashData(content)]);
        return _folder.File(name);
    }
}
