using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Cs336.Data;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary><c>cs336 tokenizer encode</c>: a text to a token file, or many to a folder of them with a manifest.</summary>
internal static class TokenizerEncodeCommand
{
    private static readonly Option<string> Tokenizer = Options.Required<string>("--tokenizer",
        $"The tokenizer: {TokenizerFiles.Kinds}", "PATH");
    private static readonly Option<string[]> Input = Options.Many("--input",
        $"Text to encode; for a folder several, {CorpusOptions.Kinds}", "FILE", required: true);
    private static readonly Option<string?> Output = Options.Optional<string?>("--output", "NumPy array of ids to write, uint16 or uint32",
        "IDS.npy");
    private static readonly Option<string?> OutputFolder = Options.Optional<string?>("--output-folder",
        "Instead: folder for an array of each text and a manifest that train --data takes; what is there already is not done again", "DIR");
    private static readonly Option<string?> Shard = Options.Optional<string?>("--shard",
        "For a folder: which part of the texts, such as 0/8 to 7/8, without a shard afterwards for the manifest of all", "I/N");
    private static readonly Option<int?> Threads = Options.Optional<int?>("--threads",
        "Threads that encode; the result does not depend on it [default: one a processor]", "N").Within(1, Options.MaxThreads);
    private static readonly Option<SpecialTokenHandling> SpecialInText =
        Options.WithDefault("--special-in-text", SpecialTokenHandling.Allow,
            "What a special token in the text becomes: Allow its id, Ignore plain text, Forbid an error");

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("encode", "Encode a text file to a NumPy array of token ids, or many to a folder of them",
            "cs336 tokenizer encode --tokenizer tokenizer --input stories.txt --output stories.npy\n"
            + "cs336 tokenizer encode --tokenizer tokenizer --input a.txt b.txt --output-folder tokens");
        command.AddAll(Tokenizer, Input, Output, OutputFolder, Shard, SpecialInText, Threads, TextFiles.Encoding,
            TokenizerFiles.Special, TokenizerFiles.Encoding, TokenizerFiles.Pattern);
        command.AddAll(CorpusOptions.All);
        command.SetAction((parsed, stopping) => Task.FromResult(Run(parsed, terminal, stopping)));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal, CancellationToken stopping)
    {
        string[] inputs = parsed.Values(Input);
        string? output = parsed.GetValue(Output), folder = parsed.GetValue(OutputFolder);
        if (output is null == folder is null) throw new UsageException("Name either a file, by --output, or a folder, by --output-folder.");
        if (output is not null) parsed.Refuse("--output is one file", Shard);
        if (output is not null && inputs.Length > 1)
            throw new UsageException($"--output is one file, but --input names {inputs.Length}: name a folder, by --output-folder.");
        CorpusShard shard = TokenizerFiles.ReadShard(parsed.GetValue(Shard));
        DocumentReader? reader = CorpusOptions.CreateReader(parsed, inputs);
        if (reader is not null && folder is null)
            throw new UsageException("Documents are encoded to a folder: name it, by --output-folder.");
        BpeTokenizer tokenizer = new(TokenizerFiles.Load(parsed, parsed.GetRequiredValue(Tokenizer)));
        if (reader is null) TextFiles.TellEncoding(parsed, terminal, inputs);
        return folder is null ? EncodeFile(parsed, tokenizer, inputs[0], output!, terminal, stopping)
            : EncodeFolder(parsed, tokenizer, inputs, reader, folder, shard, terminal, stopping);
    }

    private static int EncodeFolder(ParseResult parsed, BpeTokenizer tokenizer, string[] inputs, DocumentReader? reader, string folder,
        CorpusShard shard, Terminal terminal, CancellationToken stopping)
    {
        CorpusEncoderOptions defaults = new();
        CorpusEncoder encoder = new(tokenizer, new CorpusEncoderOptions
        {
            SpecialTokens = parsed.GetValue(SpecialInText),
            TextEncoding = TextFiles.EncodingOf(parsed),
            Reader = reader,
            ThreadCount = parsed.GetValue(Threads) ?? defaults.ThreadCount,
        });
        Stopwatch clock = Stopwatch.StartNew();
        CorpusEncoding done = terminal.Work("encoding", display => encoder.EncodeFiles(
            inputs, folder, shard, new Progress(display, _ => { }), stopping));
        CorpusOptions.Tell(reader, terminal);
        long bytes = done.Manifest.Shards.Sum(file => file.TextBytes);
        terminal.Line($"{Units.Count(done.Manifest.Tokens)} ids of {done.Manifest.Inputs} texts, {done.Skipped} of them done before, in "
            + $"{Units.Time(clock.Elapsed)}, as {done.Manifest.Dtype} in {folder}");
        terminal.Line($"manifest: {done.ManifestPath}");
        terminal.Result(new JsonObject
        {
            ["tokens"] = done.Manifest.Tokens,
            ["bytes"] = bytes,
            ["encoded"] = done.Encoded,
            ["skipped"] = done.Skipped,
            ["seconds"] = clock.Elapsed.TotalSeconds,
            ["dtype"] = done.Manifest.Dtype,
            ["manifest"] = done.ManifestPath,
        });
        return ExitCodes.Done;
    }

    private static int EncodeFile(
        ParseResult parsed, BpeTokenizer tokenizer, string input, string output, Terminal terminal, CancellationToken stopping)
    {
        Stopwatch clock = Stopwatch.StartNew();
        long bytes = 0; // of UTF-8: those of the file would tell nothing of a text that is converted
        long tokens = terminal.Work("encoding", display => tokenizer.EncodeFile(
            input, output, parsed.GetValue(SpecialInText), parsed.GetValue(Threads),
            new Progress(display, value => bytes = value.TextBytes), TextFiles.EncodingOf(parsed), stopping));
        clock.Stop();
        using TokenFile file = TokenFile.Open(output);
        terminal.Line($"{Units.Count(tokens)} ids of {Units.Number((double)bytes / tokens, "0.00")} bytes each in "
            + $"{Units.Time(clock.Elapsed)}, as uint{8 * file.BytesPerId} in {output}");
        terminal.Result(new JsonObject
        {
            ["tokens"] = tokens,
            ["bytes"] = bytes,
            ["bytes_per_token"] = tokens == 0 ? null : (double)bytes / tokens,
            ["seconds"] = clock.Elapsed.TotalSeconds,
            ["bytes_per_second"] = bytes / clock.Elapsed.TotalSeconds,
            ["dtype"] = $"uint{8 * file.BytesPerId}",
            ["output"] = output,
        });
        return ExitCodes.Done;
    }

    private sealed class Progress(IWorkDisplay display, Action<EncodingProgress> keep) : IProgress<EncodingProgress>
    {
        public void Report(EncodingProgress value)
        {
            keep(value);
            display.Report((double)value.BytesRead / Math.Max(1, value.BytesTotal),
                $"{Units.Bytes(value.BytesRead)}, {Units.Count(value.TokensWritten)} ids");
        }
    }
}
