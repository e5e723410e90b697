using System.Text;

namespace Cs336.Data.Tests;

/// <summary>Training, counting and encoding read documents as the text that they make.</summary>
public sealed class CorpusTests : IDisposable
{
    private static readonly string[] Documents =
        ["the cat sat", "on \"the\" mat\nwith größe and 東京 😀", "the cat sat", "", string.Concat(Enumerable.Repeat("the mat ", 50_000)),
            "end"];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. CorpusWriter.Names];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_vocabulary_counts_and_ids_are_those_of_the_joined_text(string name)
    {
        string path = CorpusWriter.Write(_folder, name, Documents), more = CorpusWriter.Write(
            _folder, "docs.more.jsonl", ["more and more", "the cat"]);
        string text = _folder.Write("joined.txt", Join(path) + Join(more));
        BpeModel expected = new BpeTrainer(new BpeTrainerOptions { VocabSize = 280 }).Train(text);
        DocumentReader reader = new();

        BpeModel actual = new BpeTrainer(new BpeTrainerOptions { VocabSize = 280, Reader = reader }).TrainFiles([path, more]);
        BpeTokenizer tokenizer = new(actual);
        CorpusEncoding done = new CorpusEncoder(tokenizer, new CorpusEncoderOptions { Reader = reader }).EncodeFiles(
            [path, more], _folder.File("tokens"));

        Assert.Equal(expected.Merges, actual.Merges);
        using TokenShards shards = TokenShards.Open(done.ManifestPath);
        int[] ids = new int[shards.Length];
        shards.Read(0, ids);
        Assert.Equal(tokenizer.Encode(File.ReadAllText(text), SpecialTokenHandling.Allow), ids);
        Assert.Equal([new FileInfo(path).Length, new FileInfo(more).Length], done.Manifest.Shards.Select(shard => shard.InputBytes));
        Assert.Equal(new FileInfo(text).Length, done.Manifest.Shards.Sum(shard => shard.TextBytes));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Counts_of_all_shards_are_those_of_the_joined_text(string name)
    {
        string path = CorpusWriter.Write(_folder, name, Documents), more = CorpusWriter.Write(
            _folder, "docs.more.jsonl.gz", ["more and more", "the cat"]);
        string text = _folder.Write("joined.txt", Join(path) + Join(more));
        using PreTokenCountFile expected = new CorpusCounter(new CorpusCounterOptions()).CountFiles([text], _folder.File("expected"));
        CorpusCounter counter = new(new CorpusCounterOptions { Reader = new DocumentReader() });

        using PreTokenCountFile whole = counter.CountFiles([path, more], _folder.File("whole"));
        string[] shards = [.. Enumerable.Range(0, 3).Select(i => _folder.File($"shard-{i}"))];
        for (int i = 0; i < 3; i++) counter.CountFiles([path, more], shards[i], new CorpusShard(i, 3)).Dispose();
        PreTokenCountFile.Merge(shards, _folder.File("merged"));
        using PreTokenCountFile merged = PreTokenCountFile.Open(_folder.File("merged"));

        Assert.Equal(Records(expected), Records(whole));
        Assert.Equal(Records(expected), Records(merged));
        Assert.Equal((expected.TextBytes, expected.TextBytes), (whole.TextBytes, merged.TextBytes));
    }

    [Fact]
    public void Counts_of_what_was_read_otherwise_are_not_taken_for_shards_of_one_corpus()
    {
        string path = CorpusWriter.Write(_folder, "docs.jsonl", Documents), more = CorpusWriter.Write(_folder, "docs.x.jsonl", Documents);
        string[] counts = [_folder.File("a"), _folder.File("b")];
        for (int i = 0; i < 2; i++)
        {
            DocumentReader reader = new(
                new DocumentReaderOptions { ValidationFraction = 0.5, Part = i == 0 ? DocumentPart.Training : DocumentPart.All });
            new CorpusCounter(new CorpusCounterOptions { Reader = reader }).CountFiles(
                [path, more], counts[i], new CorpusShard(i, 2)).Dispose();
        }

        Assert.Throws<InvalidDataException>(() => new BpeTrainer(new BpeTrainerOptions { VocabSize = 270 }).TrainCounts(counts));
    }

    [Fact]
    public void Shards_of_a_split_are_the_split_of_the_whole()
    {
        string[] paths = [.. Enumerable.Range(0, 6).Select(i =>
            CorpusWriter.Write(_folder, $"docs.{i}.jsonl", [.. Enumerable.Range(0, 200).Select(n => $"document {n} of {i}")]))];
        BpeTokenizer tokenizer = new(new BpeTrainer(new BpeTrainerOptions { VocabSize = 260 }).TrainTexts(["a cat"]));
        CorpusEncoder Encoder() => new(tokenizer, new CorpusEncoderOptions
        {
            Reader = new DocumentReader(new DocumentReaderOptions { ValidationFraction = 0.2, Part = DocumentPart.Validation }),
        });

        for (int i = 0; i < 3; i++) Encoder().EncodeFiles(paths, _folder.File("shards"), new CorpusShard(i, 3));
        TokenManifest shards = Encoder().EncodeFiles(paths, _folder.File("shards")).Manifest,
            whole = Encoder().EncodeFiles(paths, _folder.File("whole")).Manifest;

        Assert.Equal(whole.Shards, shards.Shards);
        Assert.InRange(whole.Shards.Sum(shard => shard.TextBytes), 1200 * 30 / 10, 1200 * 30 * 3 / 10);
    }

    [Fact]
    public void Encoding_that_goes_on_leaves_out_the_same_copies()
    {
        string first = CorpusWriter.Write(_folder, "docs.jsonl", ["a cat", "a mat"]), second = CorpusWriter.Write(
            _folder, "docs.x.jsonl", ["a mat", "a hat"]);
        TokenManifest whole = EncodeDistinct(first, second).Manifest;

        File.Delete(_folder.File("tokens/docs.x.jsonl.npy"));
        CorpusEncoding again = EncodeDistinct(first, second);

        Assert.Equal((1, 1), (again.Encoded, again.Skipped));
        Assert.Equal(whole.Shards, again.Manifest.Shards);
        Assert.Equal("a hat<|endoftext|>".Length, whole.Shards[1].TextBytes);
    }

    [Fact]
    public void What_was_encoded_after_other_texts_is_encoded_again()
    {
        string a = CorpusWriter.Write(_folder, "docs.a.jsonl", ["a cat", "a mat"]), b = CorpusWriter.Write(
            _folder, "docs.b.jsonl", ["a mat", "a hat"]);
        string c = CorpusWriter.Write(_folder, "docs.c.jsonl", ["a hat", "a bat"]);
        EncodeDistinct(a, b, c);

        Assert.Equal((0, 2), Took(EncodeDistinct(a, b)));
        Assert.Equal((2, 0), Took(EncodeDistinct(b, c))); // the first of them came after another one
        Assert.Equal([2, 1], Documents());
        Assert.Equal((2, 1), Took(EncodeDistinct(b, a, c)));
        Assert.Equal([2, 1, 1], Documents());
        CorpusWriter.Write(_folder, "docs.b.jsonl", ["a hat", "a bat"]);
        Assert.Equal((3, 0), Took(EncodeDistinct(b, a, c)));
        Assert.Equal([2, 2, 0], Documents());

        static (int, int) Took(CorpusEncoding done) => (done.Encoded, done.Skipped);
        IEnumerable<long> Documents() => TokenManifest.Load(_folder.File("tokens/manifest.json")).Shards.Select(
            shard => shard.TextBytes / "a cat<|endoftext|>".Length);
    }

    [Fact]
    public void A_damaged_file_ends_encoding_and_leaves_those_before_it()
    {
        string good = CorpusWriter.Write(_folder, "docs.a.jsonl.zst", ["a cat"]), bad = CorpusWriter.Write(
            _folder, "docs.b.jsonl.zst", ["a mat"]);
        File.WriteAllBytes(bad, File.ReadAllBytes(bad)[..^1]);

        Assert.StartsWith(bad, Assert.Throws<InvalidDataException>(() => EncodeDistinct(good, bad)).Message);

        Assert.Equal(["docs.a.jsonl.zst"], TokenManifest.Load(_folder.File("tokens/manifest.json")).Shards.Select(shard => shard.Input));
        Assert.Equal(
            ["docs.a.jsonl.zst.npy", "manifest.json"],
            Directory.GetFiles(_folder.File("tokens")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.StartsWith(bad, Assert.Throws<InvalidDataException>(() =>
            new BpeTrainer(new BpeTrainerOptions { VocabSize = 260, Reader = new DocumentReader() }).TrainFiles([good, bad])).Message);
        Assert.StartsWith(bad, Assert.Throws<InvalidDataException>(() =>
            new CorpusCounter(new CorpusCounterOptions { Reader = new DocumentReader() }).CountFiles(
                [good, bad], _folder.File("counts"))).Message);
        Assert.False(File.Exists(_folder.File("counts")));
    }

    [Fact]
    public void What_cannot_be_told_apart_or_joined_is_refused()
    {
        string path = CorpusWriter.Write(_folder, "docs.jsonl", Documents);
        DocumentReader distinct = new(new DocumentReaderOptions { Deduplicate = true }), other = new(
            new DocumentReaderOptions { EndToken = "<|end|>" });
        BpeTokenizer tokenizer = new(new BpeTrainer(new BpeTrainerOptions { VocabSize = 260 }).TrainTexts(["a cat"]));

        Assert.Contains("copies in other shards are not known", Assert.Throws<ArgumentException>(() =>
            new CorpusCounter(new CorpusCounterOptions { Reader = distinct }).CountFiles(
                [path], _folder.File("counts"), new CorpusShard(0, 2))).Message);
        Assert.Contains("copies in other shards are not known", Assert.Throws<ArgumentException>(() =>
            new CorpusEncoder(tokenizer, new CorpusEncoderOptions { Reader = distinct }).EncodeFiles(
                [path], _folder.File("tokens"), new CorpusShard(0, 2))).Message);
        Assert.Contains(
            "'<|end|>'", Assert.Throws<ArgumentException>(() => new CorpusCounter(new CorpusCounterOptions { Reader = other })).Message);
        Assert.Contains(
            "'<|end|>'",
            Assert.Throws<ArgumentException>(() => new BpeTrainer(new BpeTrainerOptions { VocabSize = 260, Reader = other })).Message);
        Assert.Contains(
            "'<|end|>'",
            Assert.Throws<ArgumentException>(() => new CorpusEncoder(tokenizer, new CorpusEncoderOptions { Reader = other })).Message);
    }

    private CorpusEncoding EncodeDistinct(params string[] paths)
    {
        BpeTokenizer tokenizer = new(new BpeTrainer(new BpeTrainerOptions { VocabSize = 260 }).TrainTexts(["a cat"]));
        DocumentReader reader = new(new DocumentReaderOptions { Deduplicate = true });
        return new CorpusEncoder(tokenizer, new CorpusEncoderOptions { Reader = reader }).EncodeFiles(paths, _folder.File("tokens"));
    }

    private static List<(string, long)> Records(PreTokenCountFile file) =>
        [.. file.Read().Select(record => (Convert.ToHexString(record.PreToken.Span), record.Count))];

    private static string Join(string path)
    {
        using StreamReader text = new(new DocumentReader().Open(path), Encoding.UTF8);
        return text.ReadToEnd();
    }
}
