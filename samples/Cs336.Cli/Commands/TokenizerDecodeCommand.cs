using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary><c>cs336 tokenizer decode</c>: a token file to a text file.</summary>
internal static class TokenizerDecodeCommand
{
    private const int ChunkLength = 1 << 16;

    private static readonly Option<string> Tokenizer = Options.Required<string>("--tokenizer",
        $"The tokenizer: {TokenizerFiles.Kinds}", "PATH");
    private static readonly Option<string> Input = Options.Required<string>("--input",
        "NumPy array of ids, or .bin of nanoGPT or llm.c", "IDS.npy");
    private static readonly Option<string> Output = Options.Required<string>("--output", "Text to write", "FILE");

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("decode", "Decode a NumPy array of token ids to text",
            "cs336 tokenizer decode --tokenizer tokenizer --input stories.npy --output stories.txt");
        command.AddAll(Tokenizer, Input, Output, TokenizerFiles.Special, TokenizerFiles.Encoding, TokenizerFiles.Pattern);
        command.SetAction((parsed, stopping) => Task.FromResult(Run(parsed, terminal, stopping)));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal, CancellationToken stopping)
    {
        string output = parsed.GetRequiredValue(Output), unfinished = output + ".partial";
        BpeTokenizer tokenizer = new(TokenizerFiles.Load(parsed, parsed.GetRequiredValue(Tokenizer)));
        using TokenFile file = TokenFile.Open(parsed.GetRequiredValue(Input));
        if (file.Note is string note) terminal.Note(note);
        if (Path.GetDirectoryName(Path.GetFullPath(output)) is string folder) Directory.CreateDirectory(folder);
        long bytes;
        try
        {
            using (FileStream text = new(unfinished, FileMode.Create, FileAccess.Write))
            {
                terminal.Work("decoding", display => Decode(file, tokenizer, text, display, stopping));
                bytes = text.Length;
            }
            File.Move(unfinished, output, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
        terminal.Line($"{Units.Count(file.Length)} ids to {Units.Count(bytes)} bytes of text in {output}");
        terminal.Result(new JsonObject { ["tokens"] = file.Length, ["bytes"] = bytes, ["output"] = output });
        return ExitCodes.Done;
    }

    private static long Decode(TokenFile file, BpeTokenizer tokenizer, FileStream text, IWorkDisplay display, CancellationToken stopping)
    {
        int[] ids = new int[ChunkLength];
        bool isStart = true;
        for (long start = 0; start < file.Length; start += ids.Length)
        {
            stopping.ThrowIfCancellationRequested();
            Span<int> chunk = ids.AsSpan(0, (int)Math.Min(ids.Length, file.Length - start));
            file.Read(start, chunk);
            for (int i = 0; i < chunk.Length; i++)
            {
                int id = chunk[i];
                if (id >= tokenizer.VocabSize)
                    throw new InvalidDataException($"{file.Path} holds id {id} at place {start + i}, but the vocabulary has "
                        + $"{tokenizer.VocabSize}: decode with the tokenizer that encoded it.");
                ReadOnlySpan<byte> bytes = tokenizer.GetTokenBytes(id);
                // What encoding put before the text is no part of it.
                if (isStart && bytes.StartsWith(tokenizer.DecodedStart)) bytes = bytes[tokenizer.DecodedStart.Length..];
                isStart &= tokenizer.GetTokenBytes(id).IsEmpty;
                text.Write(bytes);
            }
            display.Report((double)(start + chunk.Length) / file.Length, $"{Units.Count(start + chunk.Length)} ids");
        }
        return file.Length;
    }
}
