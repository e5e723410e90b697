using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary><c>cs336 export</c>: a trained model in the format of other programs.</summary>
internal static class ExportCommand
{
    private static readonly ExportSource Source = new();
    private static readonly Option<string> Format = CreateFormat();
    private static readonly Option<string?> Type = Options.Optional<string?>("--type",
        $"What matrices are held in [{string.Join("; ", ExportFormats.All.Select(format =>
            $"{format.Name}: {string.Join(", ", format.Types)}, default {format.Types[0]}"))}]", "NAME");
    private static readonly Option<string> Output = Options.Required<string>("--output", "Where to write", "PATH");
    private static readonly Option<string?> Name = Options.Optional<string?>("--name",
        "What programs call the model [default: the name of the output]", "TEXT");
    private static readonly Option<string?> EndToken = Options.Optional<string?>("--end-token",
        "The special token that ends a text [default: <|endoftext|>, or the only one]", "TEXT");
    private static readonly Option<string?> ChatTemplate = Options.Optional<string?>("--chat-template",
        "A file with a chat template in Jinja, for models that were trained on conversations", "FILE");

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("export", "Write a trained model for other programs",
            "cs336 export --run runs/small --best --format gguf --type q8_0 --output small.gguf\n"
            + "cs336 export --model my-model --format hf --type bf16 --output my-model-hf");
        Source.AddTo(command);
        command.AddAll(Format, Type, Output, Name, EndToken, ChatTemplate);
        command.SetAction(parsed => Run(parsed, terminal));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal)
    {
        IExportFormat format = ExportFormats.All.Single(item => item.Name == parsed.GetRequiredValue(Format));
        string type = parsed.GetValue(Type) ?? format.Types[0];
        if (!format.Types.Contains(type))
            throw new UsageException(
                $"--type is '{type}', but with --format {format.Name} must be one of {string.Join(", ", format.Types)}.");
        (string model, ImportedFolder folder, BpeModel? tokenizer) = Source.Find(parsed, terminal);
        using ImportedFolder owned = folder;
        string output = parsed.GetRequiredValue(Output);
        ExportReport report = format.Write(new ExportRequest(folder.Path, tokenizer, type, output)
        {
            Name = parsed.GetValue(Name),
            EndToken = parsed.GetValue(EndToken),
            ChatTemplate = parsed.GetValue(ChatTemplate) is string file ? File.ReadAllText(file) : null,
        });
        foreach (string difference in report.Differences) terminal.Warning(difference);
        terminal.Line($"{model} as {format.Name}, {type}, in {output}");
        foreach (IGrouping<string, string> others in report.OtherTypes.GroupBy(tensor => tensor.Value, tensor => tensor.Key))
            terminal.Line($"in {others.Key}: {string.Join(", ", others.GroupBy(WithoutNumber).Select(Describe))}");
        JsonObject otherTypes = new(report.OtherTypes.Select(tensor => KeyValuePair.Create(tensor.Key, (JsonNode?)tensor.Value)));
        terminal.Result(new JsonObject
        {
            ["model"] = model, ["format"] = format.Name, ["type"] = type, ["output"] = output, ["other_types"] = otherTypes,
        });
        return ExitCodes.Done;
    }

    /// <summary>Blocks have matrices of the same names but for their number, of which there may be many.</summary>
    private static string WithoutNumber(string tensor) =>
        string.Join('.', tensor.Split('.').Select(part => part.All(char.IsAsciiDigit) ? "*" : part));

    private static string Describe(IGrouping<string, string> tensors) =>
        tensors.Count() == 1 ? tensors.First() : $"{tensors.Key} ({tensors.Count()} tensors)";

    private static Option<string> CreateFormat()
    {
        Option<string> option = Options.Required<string>("--format",
            string.Join("; ", ExportFormats.All.Select(format => $"{format.Name}: {format.Description}")), "NAME");
        option.AcceptOnlyFromAmong([.. ExportFormats.All.Select(format => format.Name)]);
        return option;
    }
}
