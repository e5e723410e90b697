using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary>
/// <c>cs336 import</c>: a model of transformers or of a GGUF file, or the course's own weights, as a folder for <c>--model</c>.
/// </summary>
internal static class ImportCommand
{
    private static readonly Option<string> From = Options.Required<string>("--from",
        "Folder of a LLaMA, Mistral, Qwen 2 or Qwen 3 model of Hugging Face's transformers, a .gguf file, or a .safetensors file with the "
            + "course's names, or TorchSharp's .dat with them", "PATH");
    private static readonly Option<string> Output = Options.Required<string>("--output",
        "Folder to write, which does not exist or is empty", "FOLDER");
    private static readonly Option<string?> Tokenizer = Options.Optional<string?>("--tokenizer",
        $"The model's tokenizer: {TokenizerFiles.Kinds} [default: that of --from]", "PATH");
    private static readonly Option<string?> Config = Options.Optional<string?>("--config",
        "The configuration of a .safetensors or .dat file; or, with the sizes of its tensors, the options that follow", "FILE");
    private static readonly Option<int?> Heads = Options.Optional<int?>("--num-heads", "Number of query heads", "N").Within(1);
    private static readonly Option<int?> ContextLength = Options.Optional<int?>("--context-length",
        "The most tokens that the model attends over", "N").Within(1);
    private static readonly Option<double?> Theta = Options.Optional<double?>("--rope-theta",
        "Base of the rotations [default: 10000]", "X");
    private static readonly Option<double?> Epsilon = Options.Optional<double?>("--eps", "Epsilon of RMSNorm [default: 1e-5]", "X");

    private static readonly Option[] OfFiles = [Config, Heads, ContextLength, Theta, Epsilon];

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("import",
            "Make a folder of a model of Hugging Face's transformers, of a GGUF file or of the course's PyTorch",
            "cs336 import --from llama-folder --output model\n"
            + "cs336 import --from llama.gguf --output model\n"
            + "cs336 import --from model.safetensors --num-heads 16 --context-length 256 --tokenizer tokenizer --output model");
        command.AddAll([From, Output, Tokenizer, TokenizerFiles.Encoding, .. OfFiles]);
        command.SetAction(parsed => Run(parsed, terminal));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal)
    {
        string from = parsed.GetRequiredValue(From), output = parsed.GetRequiredValue(Output);
        TransformerConfig config;
        ModelFormat format = ModelInspection.FormatOf(from);
        BpeModel? named = parsed.GetValue(Tokenizer) is string place ? TokenizerFiles.LoadNamed(parsed, place) : null;
        if (named is null) parsed.Refuse(TokenizerFiles.WithoutTokenizer, TokenizerFiles.Encoding);
        if (format is ModelFormat.Run or ModelFormat.Folder)
            throw new UsageException($"{from} is a model of this program already: name it by --model, or copy the folder.");
        if (format == ModelFormat.Gguf || Directory.Exists(from))
        {
            parsed.Refuse($"The {(format == ModelFormat.Gguf ? "file" : "folder's config.json")} tells the shape", OfFiles);
            config = format == ModelFormat.Gguf ? GgufImport.Import(from, output, named ?? ModelPath.Of(from).TryLoadTokenizer(terminal))
                : HuggingFaceFolder.Import(from, output, named ?? TokenizerOf(from, terminal));
        }
        else
        {
            if (!File.Exists(from))
                throw new FileNotFoundException($"There is no {from}: name a folder, a .gguf, a .safetensors or a .dat file.", from);
            config = ShapeOf(parsed, from);
            CourseWeights.Import(config, from, output, named);
        }
        terminal.Line($"{output}: {Units.Count(config.NumLayers)} layers of width {Units.Count(config.DModel)}, "
            + $"{Units.Count(config.VocabSize)} ids");
        terminal.Result(new JsonObject { ["output"] = output, ["config"] = JsonNode.Parse(config.ToJson()) });
        return ExitCodes.Done;
    }

    /// <summary>
    /// The tokenizer that came in the folder; what is no model of transformers is refused by what reads its configuration.
    /// </summary>
    private static BpeModel? TokenizerOf(string folder, Terminal terminal) =>
        ModelInspection.FormatOf(folder) == ModelFormat.HuggingFace ? ModelPath.Of(folder).TryLoadTokenizer(terminal) : null;

    private static TransformerConfig ShapeOf(ParseResult parsed, string weights)
    {
        if (parsed.GetValue(Config) is string file)
        {
            parsed.Refuse("--config tells the shape", Heads, ContextLength, Theta, Epsilon);
            return ModelOptions.ReadConfig(file);
        }
        if (parsed.GetValue(Heads) is not int heads || parsed.GetValue(ContextLength) is not int length)
            throw new UsageException("No tensor shows the number of heads and how long a text may be: "
                + "give --num-heads N and --context-length N, or --config FILE.");
        TransformerConfig found = CourseWeights.FindShape(weights, heads, length);
        return found with { RopeTheta = parsed.GetValue(Theta) ?? found.RopeTheta, Epsilon = parsed.GetValue(Epsilon) ?? found.Epsilon };
    }
}
