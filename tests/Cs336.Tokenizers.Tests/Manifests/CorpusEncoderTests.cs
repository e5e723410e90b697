using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public sealed class CorpusEncoderTests : IDisposable
{
    private static readonly BpeTokenizer Tokenizer = new(new BpeTrainer(new BpeTrainerOptions { VocabSize = 290 })
        .TrainTexts(["the cat sat on the mat with the other cat; the 12 cats sat"]));

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _texts;
    private readonly int[] _ids;

    public CorpusEncoderTests()
    {
        Directory.CreateDirectory(_folder.File("texts/b"));
        string[] texts = ["the cat<|endoftext|>", "", "the other mat", string.Concat(Enumerable.Repeat("sat on 12 mats ", 5000)), "x"];
        _texts = [.. texts.Select((text, i) => _folder.Write($"texts/{(i % 2 == 0 ? "b/" : "")}{i}.txt", text))];
        _ids = [.. texts.SelectMany(text => Tokenizer.Encode(text, SpecialTokenHandling.Allow))];
    }

    private string Tokens => _folder.File("tokens");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Many_texts_are_read_as_the_one_that_they_would_be()
    {
        CorpusEncoding done = Encode();

        Assert.Equal((5, 0, Path.Combine(Tokens, "manifest.json")), (done.Encoded, done.Skipped, done.ManifestPath));
        TokenManifest manifest = TokenManifest.Load(done.ManifestPath);
        Assert.Equal(["b/0.txt.npy", "1.txt.npy", "b/2.txt.npy", "3.txt.npy", "b/4.txt.npy"], manifest.Shards.Select(shard => shard.File));
        Assert.Equal(_texts.Select(path => new FileInfo(path).Length), manifest.Shards.Select(shard => shard.InputBytes));
        Assert.Equal(
            (TokenizerFingerprint.Of(Tokenizer), Tokenizer.VocabSize, "uint16", _ids.Length),
            (manifest.Tokenizer, manifest.VocabSize, manifest.Dtype, (int)manifest.Tokens));
        using TokenShards shards = TokenShards.Open(done.ManifestPath);
        Assert.Equal(_ids.Length, shards.Length);
        int[] some = new int[9];
        for (int start = 0; start <= _ids.Length - some.Length; start++)
        {
            shards.Read(start, some);
            Assert.Equal(_ids[start..(start + some.Length)], some);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => shards.Read(_ids.Length - 8, some));
        shards.Read(_ids.Length, []);
    }

    [Fact]
    public void What_is_done_and_whole_is_not_done_again()
    {
        Encode();
        byte[] manifest = File.ReadAllBytes(Path.Combine(Tokens, "manifest.json"));
        Assert.Equal(5, Encode().Skipped);

        File.Delete(Path.Combine(Tokens, "1.txt.npy"));
        File.WriteAllBytes(Path.Combine(Tokens, "b/2.txt.npy"), [.. File.ReadAllBytes(Path.Combine(Tokens, "b/2.txt.npy"))[..^1], 77]);
        Assert.Equal(3, Encode().Skipped);
        Assert.Equal(manifest, File.ReadAllBytes(Path.Combine(Tokens, "manifest.json")));

        File.WriteAllText(_texts[4], "y"); // as long as before
        CorpusEncoding changed = Encode();
        Assert.Equal(4, changed.Skipped);
        using TokenShards shards = TokenShards.Open(changed.ManifestPath);
        int[] last = new int[1];
        shards.Read(shards.Length - 1, last);
        Assert.Equal(Tokenizer.Encode("y"), last);
    }

    [Fact]
    public void An_interrupted_run_leaves_a_manifest_that_says_so_and_is_gone_on_with()
    {
        using CancellationTokenSource stop = new();
        int blocks = 0;
        Assert.Throws<OperationCanceledException>(() => new CorpusEncoder(Tokenizer).EncodeFiles(_texts, Tokens, progress: new Told(() =>
        {
            if (++blocks == 2) stop.Cancel(); // after the first text, and the third, which is the second that has blocks
        }), cancellationToken: stop.Token));

        string path = Path.Combine(Tokens, "manifest.json");
        Assert.False(TokenManifest.Load(path).IsComplete);
        Assert.StartsWith($"{path} is not complete:", Assert.Throws<InvalidDataException>(() => TokenShards.Open(path)).Message);
        Assert.Empty(Directory.GetFiles(Tokens, "*.partial", SearchOption.AllDirectories));
        CorpusEncoding done = Encode();
        Assert.InRange(done.Skipped, 1, 3);
        Assert.True(done.Manifest.IsComplete);
    }

    [Fact]
    public void The_manifest_is_written_every_few_seconds_and_what_it_lacks_is_encoded_again()
    {
        ManualTime time = new();
        string path = Path.Combine(Tokens, "manifest.json");
        List<int> listed = [];
        byte[] early = [];
        CorpusEncoder encoder = new(Tokenizer, new CorpusEncoderOptions { Time = time, ThreadCount = 1 });
        encoder.EncodeFiles(_texts, Tokens, progress: new Told(() => // at the only block of each text but the second, which is empty
        {
            if (File.Exists(path)) early = File.ReadAllBytes(path);
            listed.Add(early.Length > 0 ? TokenManifest.Load(path).Shards.Count : 0);
            time.Now += TimeSpan.FromSeconds(2);
        }));
        byte[] whole = File.ReadAllBytes(path);

        Assert.Equal([0, 0, 0, 4], listed); // six seconds had passed after the fourth text
        Assert.True(TokenManifest.Load(path).IsComplete);
        File.WriteAllBytes(path, early); // as if the process had died after the last text, and before the manifest
        CorpusEncoding done = Encode();
        Assert.Equal((1, 4), (done.Encoded, done.Skipped));
        Assert.Equal(whole, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_text_that_fails_leaves_a_manifest_of_those_before_it_and_of_what_still_holds()
    {
        Encode();
        File.Delete(Path.Combine(Tokens, "1.txt.npy"));
        File.WriteAllText(_texts[2], "<|endoftext|> <|endoftext|>");
        CorpusEncoder encoder = new(Tokenizer, new CorpusEncoderOptions { Time = new ManualTime() });
        using CancellationTokenSource stop = new();
        int told = 0;

        Assert.Throws<OperationCanceledException>(() => encoder.EncodeFiles(_texts, Tokens, progress: new Told(() =>
        {
            if (++told == 2) stop.Cancel(); // the first text was done before; the second has no block; in the third it stops
        }), cancellationToken: stop.Token));

        TokenManifest left = TokenManifest.Load(Path.Combine(Tokens, "manifest.json"));
        Assert.Equal(["b/0.txt", "1.txt", "3.txt", "b/4.txt"], left.Shards.Select(shard => shard.Input));
        Assert.Equal(4, Encode().Skipped);
    }

    [Fact]
    public void Shards_together_are_the_whole()
    {
        CorpusEncoder encoder = new(Tokenizer, new CorpusEncoderOptions { ThreadCount = 2 });
        CorpusEncoding[] shards = [.. Enumerable.Range(0, 3).Select(i => encoder.EncodeFiles(_texts, Tokens, new CorpusShard(i, 3)))];
        Assert.Equal(5, shards.Sum(shard => shard.Encoded));
        Assert.Equal(Path.Combine(Tokens, "manifest-1-of-3.json"), shards[1].ManifestPath);

        CorpusEncoding whole = Encode();

        Assert.Equal((0, 5), (whole.Encoded, whole.Skipped));
        Assert.Equal(_ids.Length, whole.Manifest.Tokens);
        Assert.Equal(_ids.Length, shards.Sum(shard => shard.Manifest.Tokens));
    }

    [Fact]
    public void A_folder_of_another_tokenizer_or_of_other_options_is_refused()
    {
        Encode();
        BpeTokenizer other = new(
            new BpeTrainer(new BpeTrainerOptions { VocabSize = 270 }).TrainTexts(["other words, other pairs of others"]));

        string tokenizer = Assert.Throws<InvalidDataException>(() => new CorpusEncoder(other).EncodeFiles(_texts, Tokens)).Message;
        string options = Assert.Throws<InvalidDataException>(() =>
            new CorpusEncoder(Tokenizer, new CorpusEncoderOptions { SpecialTokens = SpecialTokenHandling.Ignore }).EncodeFiles(
                _texts, Tokens)).Message;
        string pattern = Assert.Throws<InvalidDataException>(() => new CorpusEncoder(new BpeTokenizer(new BpeModel(
            [.. Enumerable.Range(0, Tokenizer.VocabSize).Select(id => Tokenizer.GetTokenBytes(id).ToArray())], Tokenizer.Model.Merges,
            Tokenizer.SpecialTokens, PreTokenizers.Cl100k))).EncodeFiles(_texts, Tokens)).Message;

        Assert.Contains("manifest.json tells of texts that were encoded with another tokenizer: name another folder", tokenizer);
        Assert.Contains("manifest.json tells of texts that were encoded with other options", options);
        Assert.Contains("manifest.json tells of texts that were encoded with other options", pattern);
        Assert.Equal(5, Encode().Skipped);
    }

    [Theory]
    [InlineData("is no sound manifest of token files", "{")]
    [InlineData("is no manifest of token files: it lacks \"format\"", "[]")]
    [InlineData("is no manifest of token files: it lacks \"format\"", "{\"format\": 1}")]
    [InlineData("is a manifest of version 2, but 1 can be read", "{\"format\": \"cs336-tokens\", \"version\": 2}")]
    [InlineData("is no sound manifest of token files", "{\"format\": \"cs336-tokens\", \"version\": 1}")]
    public void What_is_no_manifest_is_told(string message, string json)
    {
        Directory.CreateDirectory(Tokens);
        string path = _folder.Write("tokens/manifest.json", json);

        Assert.StartsWith($"{path} {message}", Assert.Throws<InvalidDataException>(() => TokenShards.Open(path)).Message);
        Assert.StartsWith($"{path} {message}", Assert.Throws<InvalidDataException>(() => Encode()).Message);
        Assert.Equal(json, File.ReadAllText(path));
    }

    [Theory]
    [InlineData("\"b/0.txt.npy\"", "\"../b/0.txt.npy\"", "must lie in the manifest's folder")]
    [InlineData("\"b/0.txt.npy\"", "\"/etc/passwd\"", "must lie in the manifest's folder")]
    [InlineData("\"b/0.txt.npy\"", "\"b/0\\u0000.npy\"", "must lie in the manifest's folder")]
    [InlineData("\"inputs\": 5", "\"inputs\": 4", "inputs is 4, but there are 5 shards")]
    [InlineData("\"text_bytes\": 1\n", "\"text_bytes\": -1\n", "has a negative number")]
    [InlineData("\"tokens\": 1,", "\"tokens\": 2,", "but the shards have")]
    public void A_manifest_that_contradicts_itself_or_leads_elsewhere_is_refused(string text, string changed, string message)
    {
        string path = Encode().ManifestPath, json = File.ReadAllText(path);
        Assert.Contains(text, json);
        File.WriteAllText(path, json.Replace(text, changed, StringComparison.Ordinal));

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => TokenShards.Open(path));

        Assert.StartsWith(path, e.Message);
        Assert.Contains(message, e.Message);
    }

    [Fact]
    public void A_token_file_that_is_not_as_long_as_the_manifest_says_is_told()
    {
        string path = Encode().ManifestPath, file = Path.Combine(Tokens, "3.txt.npy");
        using (TokenFileWriter writer = new(file, Tokenizer.VocabSize))
        {
            writer.Write([1, 2, 3]);
            writer.Complete();
        }

        Assert.StartsWith($"{file} has 3 ids, but {path} says", Assert.Throws<InvalidDataException>(() => TokenShards.Open(path)).Message);
        File.Delete(file);
        Assert.Throws<FileNotFoundException>(() => TokenShards.Open(path));
    }

    [Fact]
    public void Texts_that_are_missing_or_named_twice_are_refused()
    {
        CorpusEncoder encoder = new(Tokenizer);
        Assert.Throws<ArgumentException>(() => encoder.EncodeFiles([], Tokens));
        Assert.Contains(
            "is named twice", Assert.Throws<ArgumentException>(() => encoder.EncodeFiles([_texts[0], _texts[0]], Tokens)).Message);
        Assert.Throws<FileNotFoundException>(() => encoder.EncodeFiles([_texts[0], _folder.File("none")], Tokens));
        Assert.False(Directory.Exists(Tokens));
    }

    private CorpusEncoding Encode() => new CorpusEncoder(Tokenizer).EncodeFiles(_texts, Tokens);

    private sealed class ManualTime : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }

    private sealed class Told(Action action) : IProgress<EncodingProgress>
    {
        public void Report(EncodingProgress value) => action();
    }
}
