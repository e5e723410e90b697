using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Cs336.Data;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary>
/// <c>cs336 tokenizer train</c>: text files, or counts of their pre-tokens, to <c>vocab.json</c>, <c>merges.txt</c>
/// and <c>tokenizer.json</c>.
/// </summary>
internal static class TokenizerTrainCommand
{
    private static readonly Option<string[]> Input = Options.Many("--input",
        $"What to train on, one file or several: {CorpusOptions.Kinds}", "FILE");
    private static readonly Option<string[]> Counts = Options.Many("--counts",
        "Instead of text: files of tokenizer count, all shards of each corpus; they say what cuts text, and their special tokens", "FILE");
    private static readonly Option<int> VocabSize = Options.Required<int>("--vocab-size",
        "Ids to make: special tokens, 256 bytes and merges", "N");
    private static readonly Option<string[]> Special = Options.Many("--special",
        "Special tokens, which get the first ids in this order [default: <|endoftext|>]", "TOKEN");
    private static readonly Option<string> Output = Options.Required<string>("--output",
        "Folder for vocab.json, merges.txt and tokenizer.json", "DIR");
    private static readonly Option<long> MinFrequency = Options.WithDefault("--min-frequency", 1L,
        "How often a pair must stand in the text to be merged", "N");
    private static readonly Option<int?> Threads = Options.Optional<int?>("--threads",
        "Threads that count; the result does not depend on it [default: one a processor]", "N").Within(1, Options.MaxThreads);
    private static readonly Option<string?> Memory = Options.Optional<string?>("--memory-budget",
        "About how much memory counts may take, such as 2GB [default: what they need]", "SIZE");

    private static readonly Option<string> Pattern = Options.WithDefault("--pattern", "gpt2",
        $"What cuts text before merging: {string.Join(", ", PreTokenizers.Names)}, or a pattern; tokenizer.json keeps it", "NAME|REGEX");

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("train", "Train a byte-level BPE vocabulary on text files",
            "cs336 tokenizer train --input stories.txt --vocab-size 2048 --special \"<|endoftext|>\" --output tokenizer\n"
            + "cs336 tokenizer train --counts counts-0 counts-1 --vocab-size 2048 --output tokenizer");
        command.AddAll(Input, Counts, VocabSize, Special, Output, MinFrequency, Threads, Memory, TextFiles.Encoding, Pattern);
        command.AddAll(CorpusOptions.All);
        command.SetAction((parsed, stopping) => Task.FromResult(Run(parsed, terminal, stopping)));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal, CancellationToken stopping)
    {
        string[] input = parsed.Values(Input), counts = parsed.Values(Counts);
        if (input.Length > 0 == counts.Length > 0)
            throw new UsageException("Name either texts, by --input, or counts of them, by --counts.");
        string output = parsed.GetRequiredValue(Output);
        using PreTokenCountFile? counted = counts.Length > 0 ? PreTokenCountFile.Open(counts[0]) : null;
        if (counted is not null) parsed.Refuse("--counts is given", [Threads, TextFiles.Encoding, .. CorpusOptions.All]);
        DocumentReader? reader = CorpusOptions.CreateReader(parsed, input);
        bool namesPattern = parsed.GetResult(Pattern) is { Implicit: false };
        BpeTrainerOptions defaults = new() { VocabSize = parsed.GetValue(VocabSize) };
        BpeTrainer trainer = new(new BpeTrainerOptions
        {
            VocabSize = parsed.GetValue(VocabSize),
            SpecialTokens = parsed.GetResult(Special) is not null ? parsed.Values(Special)
                : counted?.SpecialTokens ?? defaults.SpecialTokens,
            MinFrequency = parsed.GetValue(MinFrequency),
            ThreadCount = parsed.GetValue(Threads) ?? defaults.ThreadCount,
            MemoryBudget = parsed.GetValue(Memory) is string size ? Units.ParseBytes(Memory.Name, size) : null,
            PreTokenizer = counted is not null && !namesPattern ? counted.CreatePreTokenizer()
                : TokenizerFiles.ReadPattern(parsed.GetRequiredValue(Pattern))!,
            TextEncoding = TextFiles.EncodingOf(parsed),
            Reader = reader,
        });
        if (File.Exists(output)) throw new InvalidOperationException($"--output is {output}, which is a file: name a folder.");
        if (reader is null) TextFiles.TellEncoding(parsed, terminal, input);

        Stopwatch clock = Stopwatch.StartNew();
        BpeTrainingProgress last = default;
        BpeModel model = terminal.Work("training", display =>
        {
            TrainingProgress progress = new(display, value => last = value);
            return counted is null ? trainer.TrainFiles(input, progress, stopping) : trainer.TrainCounts(counts, progress, stopping);
        });
        CorpusOptions.Tell(reader, terminal);
        model.Save(output);
        double seconds = clock.Elapsed.TotalSeconds;
        long bytes = counted is not null ? counts.Sum(BytesOf)
            : reader is null ? input.Sum(path => new FileInfo(path).Length) : last.BytesRead;
        if (model.VocabSize < parsed.GetValue(VocabSize))
            terminal.Warning($"The text has too few pairs for {parsed.GetValue(VocabSize)} ids: the vocabulary has {model.VocabSize}.");
        if (last.PrunedPreTokens > 0)
            terminal.Warning($"{Units.Count(last.PrunedPreTokens)} distinct pre-tokens that stand in the text less than "
                + $"{Units.Count(last.MinPreTokenCount)} times were left out, to stay within {Memory.Name}.");
        TokenSummary longest = VocabularyReport.FindLongestTokens(new BpeTokenizer(model), 1)[0];
        terminal.Line($"{Units.Count(model.VocabSize)} ids, {Units.Count(model.Merges.Count)} of them merges, from {Units.Bytes(bytes)} in "
            + $"{Units.Time(clock.Elapsed)}");
        terminal.Line($"longest token: {TokenizerFiles.Show(longest.Text)} ({longest.ByteLength} bytes)");
        terminal.Line($"vocab.json, merges.txt and tokenizer.json are in {output}");
        terminal.Result(new JsonObject
        {
            ["vocab_size"] = model.VocabSize,
            ["merges"] = model.Merges.Count,
            ["special_tokens"] = new JsonArray([.. model.SpecialTokens.OrderBy(token => token.Value).Select(token => (JsonNode)token.Key)]),
            ["bytes"] = bytes,
            ["seconds"] = seconds,
            ["pruned_pre_tokens"] = last.PrunedPreTokens,
            ["min_pre_token_count"] = last.MinPreTokenCount,
            ["longest_token"] = longest.Text,
            ["longest_token_bytes"] = longest.ByteLength,
            ["output"] = output,
        });
        return ExitCodes.Done;
    }

    private static long BytesOf(string counts)
    {
        using PreTokenCountFile file = PreTokenCountFile.Open(counts);
        return file.Parts.Sum(part => part.Bytes);
    }
}
