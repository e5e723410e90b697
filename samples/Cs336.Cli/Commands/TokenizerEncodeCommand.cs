using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary><c>cs336 tokenizer encode</c>: a text file to a token file.</summary>
internal static class TokenizerEncodeCommand
{
    private static readonly Option<string> Tokenizer = Options.Required<string>("--tokenizer",
        $"The tokenizer: {TokenizerFiles.Kinds}", "PATH");
    private static readonly Option<string> Input = Options.Required<string>("--input", "Text to encode", "FILE");
    private static readonly Option<string> Output = Options.Required<string>("--output", "NumPy array of ids to write, uint16 or uint32",
        "IDS.npy");
    private static readonly Option<int?> Threads = Options.Optional<int?>("--threads",
        "Threads that encode; the result does not depend on it [default: one a processor]", "N").Within(1, Options.MaxThreads);
    private static readonly Option<SpecialTokenHandling> SpecialInText =
        Options.WithDefault("--special-in-text", SpecialTokenHandling.Allow,
            "What a special token in the text becomes: Allow its id, Ignore plain text, Forbid an error");

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("encode", "Encode a text file to a NumPy array of token ids",
            "cs336 tokenizer encode --tokenizer tokenizer --input stories.txt --output stories.npy");
        command.AddAll(Tokenizer, Input, Output, SpecialInText, Threads, TextFiles.Encoding,
            TokenizerFiles.Special, TokenizerFiles.Encoding, TokenizerFiles.Pattern);
        command.SetAction((parsed, stopping) => Task.FromResult(Run(parsed, terminal, stopping)));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal, CancellationToken stopping)
    {
        string input = parsed.GetRequiredValue(Input), output = parsed.GetRequiredValue(Output);
        BpeTokenizer tokenizer = new(TokenizerFiles.Load(parsed, parsed.GetRequiredValue(Tokenizer)));
        TextFiles.TellEncoding(parsed, terminal, [input]);
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
