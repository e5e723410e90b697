using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary><c>cs336 inspect</c>: what the files of a model are, and whether it can be run here.</summary>
internal static class InspectCommand
{
    private const int MaxShown = 12;

    private static readonly Argument<string> Model = new("PATH") { Description = $"{ModelPath.Kinds}, or a .safetensors file" };

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("inspect",
            "Say what a model's files hold, and whether it can be run here: exit code 0 if so, else 1", "cs336 inspect small.gguf");
        command.Add(Model);
        command.SetAction(parsed => Run(parsed, terminal));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal)
    {
        ModelInspection found = ModelInspection.Of(parsed.GetRequiredValue(Model));
        (BpeModel? tokenizer, string? problem) = TokenizerOf(found);
        IReadOnlyList<(string Format, IReadOnlyList<string> Problems)> exports = ExportProblems(found, tokenizer);
        foreach ((string what, string value) in Lines(found, tokenizer, problem, exports)) terminal.Line($"{what,-16}{value}");
        terminal.Result(ToJson(found, tokenizer, problem, exports));
        return found.Refusal is null ? ExitCodes.Done : ExitCodes.BadInput;
    }

    private static (BpeModel? Tokenizer, string? Problem) TokenizerOf(ModelInspection found)
    {
        if (found.Format is ModelFormat.Unknown or ModelFormat.Safetensors or ModelFormat.TorchSharp) return (null, null);
        try
        {
            return (ModelPath.Of(found.Path).LoadTokenizer(), null);
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException or IOException)
        {
            return (null, exception.Message);
        }
    }

    /// <summary>What keeps a model that runs here from running elsewhere, by the format that it would be exported in.</summary>
    private static IReadOnlyList<(string Format, IReadOnlyList<string> Problems)> ExportProblems(
        ModelInspection found, BpeModel? tokenizer) =>
        [.. ExportFormats.All.Select(
            format => (format.Name, found.Config is TransformerConfig config ? format.FindProblems(config, tokenizer) : []))];

    private static IEnumerable<(string What, string Value)> Lines(
        ModelInspection found, BpeModel? tokenizer, string? problem,
        IReadOnlyList<(string Format, IReadOnlyList<string> Problems)> exports)
    {
        yield return ("path", found.Path == found.Source ? found.Path : $"{found.Path}, whose newest checkpoint is {found.Source}");
        yield return ("format", NameOf(found.Format));
        if ((found.Architecture ?? OwnArchitecture(found.Config)) is string architecture) yield return ("architecture", architecture);
        if (found.Config is TransformerConfig config)
        {
            yield return ("layers", $"{config.NumLayers} of width {Units.Count(config.DModel)}, {config.NumHeads} heads of "
                + $"{config.HeadSize} over {config.KeyValueHeads} of keys and values, {Units.Count(config.DFf)} inside");
            yield return ("ids", Units.Count(config.VocabSize));
            yield return ("context", $"{Units.Count(config.ContextLength)} tokens");
        }
        if (found.Tensors.Count > 0)
        {
            yield return ("parameters", $"{Units.Count(found.Parameters)} in {Units.Count(found.Tensors.Count)} tensors");
            yield return ("types", string.Join(", ", Types(found).Select(type => $"{type.Name} {Units.Bytes(type.Bytes)}")));
            yield return ("memory", $"{Units.Bytes(found.WeightBytes)} of weights"
                + (found.CacheBytes is long cache ? $", {Units.Bytes(cache)} for a sequence of the whole context" : ""));
        }
        if (found.Config is null)
            foreach (ModelTensor tensor in found.Tensors.Take(MaxShown))
                yield return ("tensor", $"{tensor.Name} {tensor.Type} ({string.Join(", ", tensor.Shape)})");
        if (found.Config is null && found.Tensors.Count > MaxShown)
            yield return ("", $"and {Units.Count(found.Tensors.Count - MaxShown)} more");
        yield return ("tokenizer", problem is not null ? $"cannot be read here: {problem}" : tokenizer is null ? "none"
            : $"{Units.Count(tokenizer.VocabSize)} ids, {Units.Count(tokenizer.Merges.Count)} merges");
        yield return ("can be run", found.Refusal is string reason ? $"no: {reason}"
            : found.Format is ModelFormat.Safetensors or ModelFormat.TorchSharp
                ? "once cs336 import is told the number of heads and the context" : "yes");
        foreach ((string format, IReadOnlyList<string> refused) in exports)
            foreach (string refusal in refused) yield return ("other programs", $"not as {format}: {refusal}");
    }

    /// <summary>Of a model of ours, what a name says of others': the kinds of its blocks, as its configuration spells them.</summary>
    private static string? OwnArchitecture(TransformerConfig? config) => config is null ? null
        : string.Join(", ", ((string[])["norm", "position", "ffn"]).Select(key => $"{key} {JsonNode.Parse(config.ToJson())![key]}"));

    private static IEnumerable<(string Name, long Bytes)> Types(ModelInspection found) =>
        found.Tensors.GroupBy(tensor => tensor.Type).Select(group => (group.Key, group.Sum(tensor => tensor.ByteLength)))
            .OrderByDescending(type => type.Item2);

    private static string NameOf(ModelFormat format) => format switch
    {
        ModelFormat.Run => "a run",
        ModelFormat.Folder => "a model's folder",
        ModelFormat.HuggingFace => "a folder of Hugging Face's transformers",
        ModelFormat.Gguf => "a GGUF file",
        ModelFormat.Safetensors => "a safetensors file",
        ModelFormat.TorchSharp => "a file of a module of TorchSharp",
        _ => "none that is known",
    };

    private static JsonObject ToJson(
        ModelInspection found, BpeModel? tokenizer, string? problem,
        IReadOnlyList<(string Format, IReadOnlyList<string> Problems)> exports)
    {
        JsonObject types = [];
        foreach ((string name, long bytes) in Types(found)) types[name] = bytes;
        return new JsonObject
        {
            ["path"] = found.Path,
            ["source"] = found.Source,
            ["format"] = found.Format == ModelFormat.HuggingFace ? "hugging_face" : found.Format.ToString().ToLowerInvariant(),
            ["architecture"] = found.Architecture,
            ["config"] = found.Config is null ? null : JsonNode.Parse(found.Config.ToJson()),
            ["parameters"] = found.Parameters,
            ["weight_bytes"] = found.WeightBytes,
            ["cache_bytes"] = found.CacheBytes,
            ["types"] = types,
            ["tensors"] = new JsonArray([.. found.Tensors.Select(tensor => (JsonNode)new JsonObject
            {
                ["name"] = tensor.Name,
                ["type"] = tensor.Type,
                ["shape"] = new JsonArray([.. tensor.Shape.Select(size => (JsonNode)size)]),
            })]),
            ["tokenizer"] = tokenizer is null ? null : new JsonObject
            {
                ["vocab_size"] = tokenizer.VocabSize,
                ["merges"] = tokenizer.Merges.Count,
            },
            ["tokenizer_refusal"] = problem,
            ["can_be_run"] = found.Refusal is null && found.Config is not null,
            ["refusal"] = found.Refusal,
            ["export_refusals"] = new JsonObject(exports.Select(export => KeyValuePair.Create(
                export.Format, (JsonNode?)new JsonArray([.. export.Problems.Select(refusal => (JsonNode)refusal)])))),
        };
    }
}
