using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary><c>cs336 tokenizer inspect</c>: what the files of a tokenizer are, and whether they can be loaded.</summary>
internal static class TokenizerInspectCommand
{
    private const int MaxShown = 8;

    private static readonly Argument<string> Tokenizer = new("PATH") { Description = $"The tokenizer: {TokenizerFiles.Kinds}" };

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("inspect",
            "Say what a tokenizer's files are, and whether they can be loaded: exit code 0 if so, else 1",
            "cs336 tokenizer inspect tokenizer.model");
        command.Add(Tokenizer);
        command.AddAll(TokenizerFiles.Encoding, TokenizerFiles.Pattern);
        command.SetAction(parsed => Run(parsed, terminal));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal)
    {
        TokenizerInspection found = TokenizerInspection.Of(parsed.GetRequiredValue(Tokenizer),
            parsed.GetValue(TokenizerFiles.Encoding) is string name ? TiktokenEncoding.Get(name) : null,
            TokenizerFiles.ReadPattern(parsed.GetValue(TokenizerFiles.Pattern)));
        foreach ((string what, string value) in Lines(found)) terminal.Line($"{what,-16}{value}");
        terminal.Result(ToJson(found));
        return found.Refusal is null ? ExitCodes.Done : ExitCodes.BadInput;
    }

    private static IEnumerable<(string What, string Value)> Lines(TokenizerInspection found)
    {
        yield return ("file", found.File);
        yield return ("format", NameOf(found.Format));
        if (found.ModelKind is string kind) yield return ("model", kind);
        if (found.EntryCount is int entries) yield return ("vocabulary", $"{Units.Count(entries)} entries");
        if (found.Model is BpeModel model)
        {
            string holes = found.HoleCount == 0 ? "each is a token" : $"{Units.Count(found.HoleCount)} have no token";
            yield return ("ids", $"{Units.Count(model.VocabSize)}, of which {holes}");
            yield return ("merges", $"{Units.Count(model.Merges.Count)}, over {found.Alphabet}");
            yield return ("special tokens", Show(model.AddedTokens.Where(token => token.IsSpecial)));
            yield return ("other added", Show(model.AddedTokens.Where(token => !token.IsSpecial)));
            yield return ("before cutting",
                found.Normalization.Count == 0 ? "text stays as it is" : string.Join("; ", found.Normalization));
            string known = found.PatternName is null ? "" : $"{found.PatternName}: ";
            yield return ("text is cut", found.Pattern is null ? "nowhere" : $"by {known}{found.Pattern}");
            yield return ("around a text",
                model.Template.IsEmpty ? "nothing" : string.Join(' ', [.. model.Template.Before, "...", .. model.Template.After]));
        }
        if (found.Format == TokenizerFormat.Tiktoken)
            yield return ("encoding", found.Encoding?.Name ?? "none that is known by its content");
        yield return ("can be loaded", found.Refusal is string refusal ? $"no: {refusal}" : "yes");
    }

    private static string NameOf(TokenizerFormat format) => format switch
    {
        TokenizerFormat.HuggingFace => "Hugging Face's tokenizer.json",
        TokenizerFormat.Gpt2 => "GPT-2's vocab.json and merges.txt",
        TokenizerFormat.Tiktoken => "a rank file of tiktoken",
        TokenizerFormat.SentencePiece => "SentencePiece's tokenizer.model",
        TokenizerFormat.WordList => "a list of words (vocab.txt)",
        TokenizerFormat.TiktokenJson => "an encoding of tiktoken as JSON, as npm packages have it",
        TokenizerFormat.Tekken => "Mistral's tekken.json",
        _ => "none that is known",
    };

    private static string Show(IEnumerable<AddedToken> tokens)
    {
        AddedToken[] all = [.. tokens.OrderBy(token => token.Id)];
        string shown = string.Join(", ", all.Take(MaxShown).Select(token => $"{TokenizerFiles.Show(token.Text)} {token.Id}"));
        return all.Length == 0 ? "none" : $"{Units.Count(all.Length)}: {shown}{(all.Length > MaxShown ? ", ..." : "")}";
    }

    private static JsonObject ToJson(TokenizerInspection found) => new()
    {
        ["file"] = found.File,
        ["format"] = found.Format switch
        {
            TokenizerFormat.HuggingFace => "hugging_face",
            TokenizerFormat.WordList => "word_list",
            TokenizerFormat.TiktokenJson => "tiktoken_json",
            _ => found.Format.ToString().ToLowerInvariant(),
        },
        ["model"] = found.ModelKind,
        ["entries"] = found.EntryCount,
        ["can_be_loaded"] = found.Refusal is null,
        ["refusal"] = found.Refusal,
        ["vocab_size"] = found.Model?.VocabSize,
        ["holes"] = found.Model is null ? null : found.HoleCount,
        ["merges"] = found.Model?.Merges.Count,
        ["over"] = found.Alphabet,
        ["added_tokens"] = found.Model is null ? null : new JsonArray([.. found.Model.AddedTokens.OrderBy(token => token.Id)
            .Select(token => (JsonNode)new JsonObject { ["text"] = token.Text, ["id"] = token.Id, ["special"] = token.IsSpecial })]),
        ["normalization"] = found.Model is null ? null : new JsonArray([.. found.Normalization.Select(step => (JsonNode)step)]),
        ["pattern"] = found.Pattern,
        ["pattern_name"] = found.PatternName,
        ["template"] = found.Model is null ? null : new JsonObject
        {
            ["before"] = new JsonArray([.. found.Model.Template.Before.Select(id => (JsonNode)id)]),
            ["after"] = new JsonArray([.. found.Model.Template.After.Select(id => (JsonNode)id)]),
        },
        ["encoding"] = found.Encoding?.Name,
    };
}
