using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary><c>cs336 tokenizer convert</c>: between GPT-2's files, Hugging Face's and tiktoken's, and from all that load.</summary>
internal static class TokenizerConvertCommand
{
    private static readonly Option<string> Input = Options.Required<string>("--input",
        "Folder with tokenizer.json, with vocab.json and merges.txt, with tekken.json or with tokenizer.model; or one such file, "
        + "a .tiktoken file or tiktoken's JSON",
        "PATH");
    private static readonly Option<string> Output = Options.Required<string>("--output",
        "A .tiktoken file, or a folder, which gets tokenizer.json and, of a vocabulary over bytes, vocab.json and merges.txt", "PATH");

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("convert",
            "Convert a tokenizer between the formats of GPT-2, Hugging Face and tiktoken, and from SentencePiece's, Mistral's tekken.json "
            + "and tiktoken's JSON",
            "cs336 tokenizer convert --input tokenizer --output stories.tiktoken\n"
            + "cs336 tokenizer convert --input o200k_base.tiktoken --encoding o200k_harmony --output gpt-oss\n"
            + "cs336 tokenizer convert --input tokenizer.model --output llama");
        command.AddAll(Input, Output, TokenizerFiles.Special, TokenizerFiles.Encoding, TokenizerFiles.Pattern);
        command.SetAction(parsed => Run(parsed, terminal));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal)
    {
        string output = parsed.GetRequiredValue(Output);
        if (Path.GetExtension(output) is ".model" or ".json" or ".txt" && !Directory.Exists(output))
            throw new UsageException($"--output is {output}, but must be a folder or a .tiktoken file"
                + (output.EndsWith(".model", StringComparison.Ordinal) ? ": SentencePiece's files are read here, but not written." : "."));
        BpeModel model = TokenizerFiles.Load(parsed, parsed.GetRequiredValue(Input));
        if (TokenizerFiles.IsTiktoken(output)) TiktokenFile.Save(model, output);
        else model.Save(output);
        foreach (string note in FindNotes(model, output)) terminal.Note(note);
        terminal.Line($"{Units.Count(model.VocabSize)} ids and {Units.Count(model.Merges.Count)} merges in {output}");
        terminal.Result(new JsonObject
        {
            ["vocab_size"] = model.VocabSize,
            ["merges"] = model.Merges.Count,
            ["special_tokens"] = new JsonObject(model.SpecialTokens.OrderBy(token => token.Value)
                .Select(token => new KeyValuePair<string, JsonNode?>(token.Key, token.Value))),
            ["output"] = output,
        });
        return ExitCodes.Done;
    }

    /// <summary>What the files that were written do not hold.</summary>
    private static IEnumerable<string> FindNotes(BpeModel model, string output)
    {
        string? name = PreTokenizers.Names.FirstOrDefault(known => PreTokenizers.Get(known).Pattern == model.PreTokenizer.Pattern);
        if (TokenizerFiles.IsTiktoken(output))
        {
            string pattern = name ?? $"'{model.PreTokenizer.Pattern}'";
            yield return "A rank file holds neither what cuts text nor special tokens. To read it: "
                + string.Join(' ', model.SpecialTokens.OrderBy(token => token.Value)
                    .Select(token => $"--special \"{token.Key}={token.Value}\"").Prepend($"--pattern {pattern}"));
            if (!model.Template.IsEmpty) yield return $"Nor does it hold the ids around a text: {Show(model.Template)}.";
        }
        else if (!File.Exists(Path.Combine(output, "vocab.json")))
        {
            yield return "The vocabulary is over characters, which vocab.json and merges.txt cannot say: it is in tokenizer.json alone.";
        }
        else if (name != "gpt2" || !model.Template.IsEmpty || model.AddedTokens.Any(token => !token.IsSpecial))
        {
            yield return "vocab.json and merges.txt hold neither what cuts text nor added tokens: keep tokenizer.json beside them, which "
                + "does.";
        }
    }

    private static string Show(TokenTemplate template) =>
        string.Join(' ', [.. template.Before.Select(id => $"{id}"), "...", .. template.After.Select(id => $"{id}")]);
}
