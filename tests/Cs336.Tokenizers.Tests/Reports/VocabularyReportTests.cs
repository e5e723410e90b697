using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public class VocabularyReportTests
{
    private static readonly BpeTokenizer English = new(Models.Train("the cat and the hat, the cat and the hat", 280, "<|endoftext|>"));
    private static readonly BpeTokenizer Bytes = new(Models.Train("ab", 257, "<|endoftext|>"));

    [Fact]
    public void Compares_every_tokenizer_on_every_text()
    {
        VocabularyReport report = VocabularyReport.Create(
            [new("english", English), new("bytes", Bytes)],
            [TextCorpus.FromText("own", "the cat and the hat<|endoftext|>"), TextCorpus.FromText("other", "日本語 xyz")]);

        Assert.Equal([("english", "own"), ("english", "other"), ("bytes", "own"), ("bytes", "other")],
            report.Measurements.Select(measurement => (measurement.Tokenizer, measurement.Corpus)));
        CorpusMeasurement own = report.Of("english", "own");
        Assert.Equal(32, own.Bytes);
        Assert.Equal(English.Encode("the cat and the hat<|endoftext|>", SpecialTokenHandling.Allow).Length, own.Tokens);
        Assert.Equal((double)own.Bytes / own.Tokens, own.BytesPerToken);
        Assert.Equal(1, report.Of("bytes", "other").BytesPerToken);
        Assert.True(own.BytesPerToken > report.Of("english", "other").BytesPerToken);
        Assert.Throws<KeyNotFoundException>(() => report.Of("english", "none"));
    }

    [Fact]
    public void Lists_the_longest_tokens()
    {
        IReadOnlyList<TokenSummary> longest = VocabularyReport.FindLongestTokens(English, 3);

        Assert.Equal([4, 4, 4], longest.Select(token => token.ByteLength));
        Assert.Equal([" the", " hat", " cat"], longest.Select(token => token.Text).OrderDescending(StringComparer.Ordinal));
        Assert.All(longest, token => Assert.Equal(token.Text, English.Decode([token.Id])));
        Assert.Equal(longest.Select(token => token.Id).Order(), longest.Select(token => token.Id));
        Assert.DoesNotContain(VocabularyReport.FindLongestTokens(English, 1000), token => token.Id == 0);
    }

    [Fact]
    public void Time_for_a_corpus_is_in_proportion()
    {
        CorpusMeasurement measurement = new("t", "c", 1_000_000, 250_000, TimeSpan.FromSeconds(2));

        Assert.Equal(4, measurement.BytesPerToken);
        Assert.Equal(500_000, measurement.BytesPerSecond);
        Assert.Equal(TimeSpan.FromSeconds(1_650_000), measurement.TimeFor(CorpusMeasurement.PileBytes));
        Assert.Throws<InvalidOperationException>(() => (measurement with { Bytes = 0 }).TimeFor(1));
    }

    [Fact]
    public void Samples_documents_whatever_the_block_size_and_the_same_for_a_seed()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("text.txt", string.Concat(Enumerable.Range(0, 2000).Select(i => $"document {i}\n<|endoftext|>\n")));
        Assert.Equal(
            DocumentReader.Read(path, "<|endoftext|>"u8.ToArray()).Select(Convert.ToHexString),
            DocumentReader.Read(path, "<|endoftext|>"u8.ToArray(), blockSize: 5).Select(Convert.ToHexString));

        string[] sample = Lines(TextCorpus.SampleDocuments(path, 10, seed: 1));

        Assert.Equal(10, sample.Distinct().Count());
        Assert.All(sample, line => Assert.StartsWith("document ", line));
        Assert.True(sample.Max(line => int.Parse(line[9..])) > 500);
        Assert.Equal(sample, Lines(TextCorpus.SampleDocuments(path, 10, seed: 1)));
        Assert.NotEqual(sample, Lines(TextCorpus.SampleDocuments(path, 10, seed: 2)));
        Assert.Equal(2000, Lines(TextCorpus.SampleDocuments(path, 5000)).Length);
    }

    [Fact]
    public void What_cannot_be_measured_is_named()
    {
        Assert.Contains("missing.txt", Assert.Throws<FileNotFoundException>(() => TextCorpus.FromFile("missing.txt")).Message);
        Assert.Equal("Two tokenizers are named 'a': give each a name of its own.",
            Assert.Throws<ArgumentException>(() => VocabularyReport.Create([new("a", Bytes), new("a", Bytes)], [])).Message);
        Assert.Equal("Two texts are named 'x': give each a name of its own.", Assert.Throws<ArgumentException>(
            () => VocabularyReport.Create([], [TextCorpus.FromText("x", "1"), TextCorpus.FromText("x", "2")])).Message);
    }

    [SharedDataFact("gpt2/vocab.json", "gpt2/merges.txt", "corpora/tinyshakespeare.txt")]
    public void Gpt2s_ratio_on_tinyshakespeare()
    {
        TextCorpus corpus = TextCorpus.FromFile(SharedData.TryFind("corpora/tinyshakespeare.txt")!);

        CorpusMeasurement measurement = CorpusMeasurement.Measure("gpt2", Models.Gpt2, corpus);

        Assert.Equal(("tinyshakespeare.txt", 1_115_393, 338_024), (measurement.Corpus, measurement.Bytes, measurement.Tokens));
        Assert.Equal(128, VocabularyReport.FindLongestTokens(Models.Gpt2, 1)[0].ByteLength);
    }

    private static string[] Lines(TextCorpus corpus)
    {
        using StreamReader reader = new(corpus.Open());
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
