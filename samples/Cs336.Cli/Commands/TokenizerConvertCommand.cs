using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary><c>cs336 tokenizer convert</c>: between GPT-2's files, Hugging Face's and tiktoken's.</summary>
internal static class TokenizerConvertCommand
{
    private static readonly Option<string> Input = Options.Required<string>("--input",
        "Folder with vocab.json and merges.txt or with tokenizer.json, or a .tiktoken file", "PATH");
    private static readonly Option<string> Output = Options.Required<string>("--output",
        "A .tiktoken file, or a folder, which gets vocab.json, merges.txt and tokenizer.json", "PATH");
    private static readonly Option<string[]> Special = Options.Many("--special",
        "Special tokens [default: those of tokenizer.json]; TOKEN=ID for a .tiktoken file", "TOKEN");

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("convert", "Convert a vocabulary between the formats of GPT-2, Hugging Face and tiktoken",
            "cs336 tokenizer convert --input tokenizer --output stories.tiktoken\n"
            + "cs336 tokenizer convert --input r50k_base.tiktoken --special \"<|endoftext|>=50256\" --output gpt2");
        command.AddAll(Input, Output, Special, TokenizerFiles.Pattern);
        command.SetAction(parsed => Run(parsed, terminal));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal)
    {
        string output = parsed.GetRequiredValue(Output);
        BpeModel model = TokenizerFiles.Load(parsed.GetRequiredValue(Input), parsed.Values(Special), TokenizerFiles.PatternOf(parsed));
        if (TokenizerFiles.IsTiktoken(output))
        {
            TiktokenFile.Save(model, output);
            if (model.SpecialTokens.Count > 0)
                terminal.Note("A rank file holds no special tokens. To read it: "
                    + $"{string.Join(' ', model.SpecialTokens.Select(token => $"--special \"{token.Key}={token.Value}\""))}");
        }
        else
        {
            model.Save(output);
        }
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
}
