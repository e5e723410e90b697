using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Cs336.Data;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary><c>cs336 tokenizer count</c>: texts, or one shard of them, to counts of pre-tokens that a vocabulary is trained on.</summary>
internal static class TokenizerCountCommand
{
    private static readonly Option<string[]> Input = Options.Many("--input",
        $"Files to count, {CorpusOptions.Kinds}: all of the corpus, in the same order for every shard", "FILE");
    private static readonly Option<string?> Shard = Options.Optional<string?>("--shard",
        "Which part of the corpus, such as 0/8 to 7/8 [default: all of it]", "I/N");
    private static readonly Option<string[]> Counts = Options.Many("--counts",
        "Instead of texts: files of counts to be added up into one", "FILE");
    private static readonly Option<string> Output = Options.Required<string>("--output", "File of counts to write", "FILE");
    private static readonly Option<string[]> Special = Options.Many("--special",
        "Special tokens, which get the first ids in this order [default: <|endoftext|>]", "TOKEN");
    private static readonly Option<int?> Threads = Options.Optional<int?>("--threads",
        "Threads that count; the result does not depend on it [default: one a processor]", "N").Within(1, Options.MaxThreads);
    private static readonly Option<string?> Memory = Options.Optional<string?>("--memory-budget",
        "About how much memory counts may take, such as 2GB; the rest goes to temporary files [default: what they need]", "SIZE");
    private static readonly Option<string> Pattern = Options.WithDefault("--pattern", "gpt2",
        $"What cuts text before merging: {string.Join(", ", PreTokenizers.Names)}, or a pattern; the file keeps it", "NAME|REGEX");

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("count", "Count the pre-tokens of a corpus, or of one shard of it, for tokenizer train --counts",
            "cs336 tokenizer count --input stories.txt --shard 0/2 --output counts-0\n"
            + "cs336 tokenizer count --counts counts-0 counts-1 --output counts");
        command.AddAll(Input, Shard, Counts, Special, Output, Threads, Memory, TextFiles.Encoding, Pattern);
        command.AddAll(CorpusOptions.All);
        command.SetAction((parsed, stopping) => Task.FromResult(Run(parsed, terminal, stopping)));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal, CancellationToken stopping)
    {
        string[] input = parsed.Values(Input), counts = parsed.Values(Counts);
        string output = parsed.GetRequiredValue(Output);
        if (input.Length > 0 == counts.Length > 0)
            throw new UsageException("Name either texts, by --input, or counts of them, by --counts.");
        if (Directory.Exists(output)) throw new UsageException($"--output is {output}, which is a folder: name a file.");
        if (counts.Length > 0)
            parsed.Refuse("--counts is given", [Shard, Special, Threads, Memory, TextFiles.Encoding, Pattern, .. CorpusOptions.All]);
        Stopwatch clock = Stopwatch.StartNew();
        using PreTokenCountFile file = counts.Length > 0 ? Merge(counts, output, terminal, stopping)
            : Count(parsed, input, output, terminal, stopping);
        long bytes = file.Parts.Sum(part => part.Bytes);
        terminal.Line($"{Units.Count(file.Distinct)} distinct pre-tokens of {Units.Bytes(bytes)} in {Units.Time(clock.Elapsed)}, in "
            + output);
        terminal.Result(new JsonObject
        {
            ["distinct"] = file.Distinct,
            ["bytes"] = bytes,
            ["shards"] = new JsonArray([.. file.Parts.Select(part => (JsonNode)$"{part.Shard}")]),
            ["seconds"] = clock.Elapsed.TotalSeconds,
            ["output"] = output,
        });
        return ExitCodes.Done;
    }

    private static PreTokenCountFile Count(
        ParseResult parsed, string[] input, string output, Terminal terminal, CancellationToken stopping)
    {
        CorpusCounterOptions defaults = new();
        DocumentReader? reader = CorpusOptions.CreateReader(parsed, input);
        CorpusCounter counter = new(new CorpusCounterOptions
        {
            SpecialTokens = parsed.GetResult(Special) is null ? defaults.SpecialTokens : parsed.Values(Special),
            ThreadCount = parsed.GetValue(Threads) ?? defaults.ThreadCount,
            MemoryBudget = parsed.GetValue(Memory) is string size ? Units.ParseBytes(Memory.Name, size) : null,
            PreTokenizer = TokenizerFiles.ReadPattern(parsed.GetRequiredValue(Pattern))!,
            TextEncoding = TextFiles.EncodingOf(parsed),
            Reader = reader,
        });
        CorpusShard shard = TokenizerFiles.ReadShard(parsed.GetValue(Shard));
        if (reader is null) TextFiles.TellEncoding(parsed, terminal, input);
        PreTokenCountFile counts = terminal.Work("counting", display =>
            counter.CountFiles(input, output, shard, new TrainingProgress(display), stopping));
        CorpusOptions.Tell(reader, terminal);
        return counts;
    }

    private static PreTokenCountFile Merge(string[] counts, string output, Terminal terminal, CancellationToken stopping)
    {
        terminal.Work("adding up", _ =>
        {
            PreTokenCountFile.Merge(counts, output, stopping);
            return true;
        });
        return PreTokenCountFile.Open(output);
    }
}
