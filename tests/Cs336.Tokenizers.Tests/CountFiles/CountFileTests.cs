using System.Text;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public sealed class CountFileTests : IDisposable
{
    private static readonly CorpusCounter Counter = new(new CorpusCounterOptions());

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(300)]
    public void Shards_of_several_files_add_up_to_the_counts_of_all_of_them(int shards)
    {
        string[] texts =
            [_folder.Write("a.txt", Text(1, 3000)), _folder.Write("empty.txt", ""), _folder.Write("b.txt", "x"),
            _folder.Write("c.txt", Text(2, 900))];
        List<(string, long)> expected = CountNaively(texts);

        string[] counts = Count(texts, shards);
        PreTokenCountFile.Merge(counts, _folder.File("sum"));

        using PreTokenCountFile sum = PreTokenCountFile.Open(_folder.File("sum"));
        Assert.Equal(expected, [.. sum.Read().Select(item => (Encoding.UTF8.GetString(item.PreToken.Span), item.Count))]);
        Assert.Equal(expected.Count, sum.Distinct);
        Assert.Equal(shards, sum.Parts.Count);
        Assert.Equal(texts.Sum(path => new FileInfo(path).Length), sum.Parts.Sum(part => part.Bytes));
    }

    [Fact]
    public void A_vocabulary_of_counts_is_that_of_the_texts()
    {
        string[] texts = [_folder.Write("a.txt", Text(3, 20_000)), _folder.Write("b.txt", Text(4, 5_000))];
        BpeTrainer trainer = new(new BpeTrainerOptions { VocabSize = 700 });
        trainer.TrainFiles(texts).Save(_folder.File("single"));

        trainer.TrainCounts(Count(texts, 8)).Save(_folder.File("shards"));

        AssertSameFiles("single", "shards");
    }

    [Fact]
    public void Counts_that_went_to_temporary_files_are_the_same()
    {
        // Words of their own, so that a budget of 16 MiB does not hold them.
        Random random = new(5);
        string text = _folder.Write("many.txt", string.Join(' ', Enumerable.Range(0, 700_000).Select(_ => $"w{random.NextInt64():x}")));
        CorpusCounter bounded = new(new CorpusCounterOptions { MemoryBudget = 16 << 20 });

        Counter.CountFiles([text], _folder.File("free")).Dispose();
        bounded.CountFiles([text], _folder.File("bounded")).Dispose();

        Assert.Equal(File.ReadAllBytes(_folder.File("free")), File.ReadAllBytes(_folder.File("bounded")));
    }

    [Fact]
    public void Overlapping_special_tokens_and_patterns_without_safe_cuts_are_not_cut()
    {
        CorpusCounter counter = new(new CorpusCounterOptions { SpecialTokens = ["ab", "ba", "abba"], PreTokenizer = new WithoutCuts() });
        Random random = new(6);
        string text = _folder.Write("ab.txt", string.Concat(Enumerable.Range(0, 3000).Select(_ => "aabbc"[random.Next(5)])));

        counter.CountFiles([text], _folder.File("whole")).Dispose();
        string[] counts = [.. Enumerable.Range(0, 50).Select(i => _folder.File($"shard-{i}"))];
        for (int i = 0; i < counts.Length; i++) counter.CountFiles([text], counts[i], new CorpusShard(i, counts.Length)).Dispose();
        PreTokenCountFile.Merge(counts, _folder.File("sum"));

        using PreTokenCountFile whole = PreTokenCountFile.Open(_folder.File("whole")), sum = PreTokenCountFile.Open(_folder.File("sum"));
        Assert.Equal([.. whole.Read().Select(Show)], [.. sum.Read().Select(Show)]);
        Assert.Equal(counts.Length, sum.Parts.Count);
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_first_shard()
    {
        string text = _folder.File("mark.txt");
        File.WriteAllText(text, Text(7, 500), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        string plain = _folder.Write("plain.txt", Text(7, 500));

        PreTokenCountFile.Merge(Count([text], 3), _folder.File("sum"));

        using PreTokenCountFile sum = PreTokenCountFile.Open(_folder.File("sum"));
        Assert.Equal(CountNaively([plain]), [.. sum.Read().Select(Show)]);
    }

    [Fact]
    public void Utf_16_is_counted_whole_but_not_divided()
    {
        string text = _folder.File("wide.txt"), plain = _folder.Write("plain.txt", Text(8, 100));
        File.WriteAllText(text, Text(8, 100), Encoding.Unicode);

        using PreTokenCountFile whole = Counter.CountFiles([text], _folder.File("whole"));
        InvalidDataException e = Assert.Throws<InvalidDataException>(
            () => Counter.CountFiles([text], _folder.File("part"), new CorpusShard(1, 2)));

        Assert.Equal(CountNaively([plain]), [.. whole.Read().Select(Show)]);
        Assert.StartsWith($"{text} is UTF-16, little-endian, of which only whole files are counted", e.Message);
        Assert.False(File.Exists(_folder.File("part")));
    }

    [Fact]
    public void What_is_no_text_is_told_with_its_place_in_the_file_whichever_shard_it_is_in()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Text(9, 2000));
        bytes[bytes.Length - 3] = 0xFF;
        string text = _folder.File("broken.txt");
        File.WriteAllBytes(text, bytes);

        Counter.CountFiles([text], _folder.File("first"), new CorpusShard(0, 4)).Dispose();
        InvalidDataException e = Assert.Throws<InvalidDataException>(
            () => Counter.CountFiles([text], _folder.File("last"), new CorpusShard(3, 4)));

        Assert.StartsWith($"{text} is not valid UTF-8: byte {bytes.Length - 3} is 0xff.", e.Message);
        Assert.Equal(["broken.txt", "first"], Directory.GetFiles(_folder.Path).Select(path => Path.GetFileName(path)!).Order());
    }

    [Theory]
    [InlineData("1", "must be an index and how many")]
    [InlineData("a/2", "must be an index and how many")]
    [InlineData("-1/2", "must be an index and how many")]
    [InlineData("0/0", "must be an index and how many")]
    [InlineData("8/8", "the first is 0/8 and the last 7/8")]
    public void What_is_no_shard_is_refused(string text, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => CorpusShard.Parse(text)).Message);

    private static (string, long) Show((ReadOnlyMemory<byte> PreToken, long Count) item) =>
        (Encoding.UTF8.GetString(item.PreToken.Span), item.Count);

    /// <summary>Words of several alphabets, with an end of a document here and there.</summary>
    private static string Text(int seed, int words)
    {
        Random random = new(seed);
        StringBuilder text = new();
        for (int i = 0; i < words; i++)
        {
            for (int length = random.Next(1, 9); length > 0; length--) text.Append((char)random.Next('a', 'g'));
            text.Append(random.Next(
                30) switch { 0 => "<|endoftext|>", 1 => "\n\n", 2 => " größer", 3 => " 東京", 4 => "<|end", 5 => " 😀", _ => " " });
        }
        return text.ToString();
    }

    private static List<(string, long)> CountNaively(IEnumerable<string> paths)
    {
        Dictionary<string, long> counts = [];
        foreach (string document in paths.SelectMany(path => File.ReadAllText(path).Split("<|endoftext|>")))
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(document);
            int[] ends = new int[utf8.Length + 1];
            for (int start = 0; start < utf8.Length;)
            {
                Gpt2PreTokenizer.Instance.Split(utf8.AsSpan(start), ends.AsSpan(0, 1));
                string preToken = Encoding.UTF8.GetString(utf8, start, ends[0]);
                counts[preToken] = counts.GetValueOrDefault(preToken) + 1;
                start += ends[0];
            }
        }
        return [.. counts.Select(item => (item.Key, item.Value)).OrderBy(item => Encoding.UTF8.GetBytes(item.Key),
            Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y)))];
    }

    private string[] Count(string[] texts, int shards)
    {
        string[] counts = [.. Enumerable.Range(0, shards).Select(i => _folder.File($"counts-{i}"))];
        for (int i = 0; i < shards; i++) Counter.CountFiles(texts, counts[i], new CorpusShard(i, shards)).Dispose();
        return counts;
    }

    private void AssertSameFiles(string expected, string actual)
    {
        foreach (string path in Directory.GetFiles(_folder.File(expected)))
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(_folder.File(actual), Path.GetFileName(path))));
    }

    /// <summary>Each letter by itself, without telling where text may be cut.</summary>
    private sealed class WithoutCuts : IPreTokenizer
    {
        public string Pattern => ".";

        public int Split(ReadOnlySpan<byte> utf8Text, Span<int> ends)
        {
            if (utf8Text.IsEmpty) return 0;
            ends[0] = utf8Text.Length;
            return 1;
        }

        public int FindSafeCut(ReadOnlySpan<byte> utf8Text) => 0;
    }
}
