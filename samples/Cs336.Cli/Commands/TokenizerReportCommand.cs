using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary><c>cs336 tokenizer report</c>: the course's tokenizer experiments on any vocabularies and texts.</summary>
internal static class TokenizerReportCommand
{
    private static readonly Option<string[]> Tokenizer = Options.Many("--tokenizer",
        $"Tokenizers, each {TokenizerFiles.Kinds}, or NAME=PATH", "PATH",
        required: true);
    private static readonly Option<string[]> Corpus = Options.Many("--corpus", "Texts, each a file or NAME=FILE", "FILE",
        required: true);
    private static readonly Option<int?> Documents = Options.Optional<int?>("--documents",
        "Measure on this many documents drawn from each text [default: the whole text]", "N").Within(1);
    private static readonly Option<string> Separator = Options.WithDefault("--separator", "<|endoftext|>",
        "What stands between documents", "TEXT");
    private static readonly Option<int> Seed = Options.WithDefault("--seed", 0, "Which documents are drawn", "N");
    private static readonly Option<int> Longest = Options.WithDefault("--longest", 10, "How many of the longest tokens are listed", "N")
        .Within(0);

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("report", "Compare vocabularies on texts: compression, throughput, time for 825 GB, longest tokens",
            "cs336 tokenizer report --tokenizer stories=tokenizer-a plays=tokenizer-b --corpus stories.txt plays.txt --documents 10");
        command.AddAll(Tokenizer, Corpus, Documents, Separator, Seed, Longest, TextFiles.Encoding);
        command.SetAction((parsed, stopping) => Task.FromResult(Run(parsed, terminal, stopping)));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal, CancellationToken stopping)
    {
        if (parsed.GetValue(Documents) is null) parsed.Refuse("Without --documents the whole text is measured", Separator, Seed);
        KeyValuePair<string, ITokenizer>[] tokenizers = [.. parsed.Values(Tokenizer).Select(Named).Select(item =>
            new KeyValuePair<string, ITokenizer>(item.Name, new BpeTokenizer(BpeModel.Load(item.Path))))];
        TextFiles.TellEncoding(parsed, terminal, parsed.Values(Corpus).Select(text => Named(text).Path));
        TextEncoding encoding = TextFiles.EncodingOf(parsed);
        TextCorpus[] corpora = [.. parsed.Values(Corpus).Select(Named).Select(item => parsed.GetValue(Documents) is int count
            ? TextCorpus.SampleDocuments(item.Path, count, parsed.GetValue(Seed), parsed.GetRequiredValue(Separator), item.Name,
                encoding)
            : TextCorpus.FromFile(item.Path, item.Name, encoding))];
        foreach (CorpusMeasurement warmUp in tokenizers.Select(item =>
            CorpusMeasurement.Measure(item.Key, item.Value, corpora[0], cancellationToken: stopping)))
            if (warmUp.Bytes == 0) throw new InvalidDataException($"{warmUp.Corpus} is empty: name a file with text.");
        VocabularyReport report = VocabularyReport.Create(tokenizers, corpora, parsed.GetValue(Longest), cancellationToken: stopping);

        terminal.Table("Compression ratio (bytes per token)", ["tokenizer", .. corpora.Select(corpus => corpus.Name)],
            tokenizers.Select(item => (IReadOnlyList<string>)[item.Key,
                .. corpora.Select(corpus => Units.Number(report.Of(item.Key, corpus.Name).BytesPerToken, "0.000"))]));
        terminal.Table("Throughput on one thread, and the time for the Pile (825 GB)",
            ["tokenizer", "text", "bytes", "tokens", "bytes/s", "825 GB"],
            report.Measurements.Select(item => (IReadOnlyList<string>)
                [item.Tokenizer, item.Corpus, Units.Count(item.Bytes), Units.Count(item.Tokens), Units.Bytes(item.BytesPerSecond),
                    Units.Time(item.TimeFor(CorpusMeasurement.PileBytes))]));
        foreach ((string name, IReadOnlyList<TokenSummary> tokens) in report.LongestTokens)
            terminal.Table($"Longest tokens of {name}", ["token", "id", "bytes"],
                tokens.Select(token => (IReadOnlyList<string>)[TokenizerFiles.Show(token.Text), Units.Number(token.Id),
                    Units.Number(token.ByteLength)]));
        terminal.Result(ToJson(report, tokenizers));
        return ExitCodes.Done;
    }

    private static JsonObject ToJson(VocabularyReport report, KeyValuePair<string, ITokenizer>[] tokenizers) => new()
    {
        ["measurements"] = new JsonArray([.. report.Measurements.Select(item => (JsonNode)new JsonObject
        {
            ["tokenizer"] = item.Tokenizer,
            ["corpus"] = item.Corpus,
            ["bytes"] = item.Bytes,
            ["tokens"] = item.Tokens,
            ["bytes_per_token"] = item.BytesPerToken,
            ["bytes_per_second"] = item.BytesPerSecond,
            ["seconds_for_825_gb"] = item.TimeFor(CorpusMeasurement.PileBytes).TotalSeconds,
        })]),
        ["tokenizers"] = new JsonObject(tokenizers.Select(item => new KeyValuePair<string, JsonNode?>(item.Key, new JsonObject
        {
            ["vocab_size"] = item.Value.VocabSize,
            ["longest_tokens"] = new JsonArray([.. report.LongestTokens[item.Key].Select(token =>
                (JsonNode)new JsonObject { ["id"] = token.Id, ["bytes"] = token.ByteLength, ["text"] = token.Text })]),
        }))),
    };

    private static (string Name, string Path) Named(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0) return (text[..equals], text[(equals + 1)..]);
        return (Path.GetFileName(Path.TrimEndingDirectorySeparator(text)) is { Length: > 0 } name ? name : text, text);
    }
}
