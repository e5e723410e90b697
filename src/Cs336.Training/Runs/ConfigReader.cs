using System.Text.Json;
using System.Text.Json.Nodes;
using Cs336.Settings;

namespace Cs336.Training;

/// <summary>Turns the JSON of a run into its configuration and back.</summary>
internal static class ConfigReader
{
    /// <summary>What the rest tells: the vocabulary by the tokenizer, the inner width by d_model.</summary>
    private static readonly string[] CanBeLeftOut = ["vocab_size", "d_ff"];

    private static readonly JsonDocumentOptions Lenient = new() { AllowDuplicateProperties = false, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
    private static readonly SettingsReader Reader = new(".", property => property.Name, property => property.IsRequired && !CanBeLeftOut.Contains(property.Name));

    /// <summary>Reads text as a JSON object; comments and trailing commas are allowed.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static JsonObject ParseObject(string json, string source)
    {
        try
        {
            JsonNode? node = JsonNode.Parse(json, documentOptions: Lenient);
            FindHalfCharacter(node, source);
            return node as JsonObject ?? throw new InvalidDataException($"{source} is no JSON object: expected sections such as model and data in braces.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{source} is not JSON: {exception.Message}", exception);
        }
    }

    /// <summary>A value as JSON, or else as text.</summary>
    public static JsonNode? ParseValue(string value)
    {
        try
        {
            return JsonNode.Parse(value, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            return JsonValue.Create(value);
        }
    }

    /// <summary>Makes a configuration of JSON that has been parsed.</summary>
    /// <exception cref="InvalidDataException">Keys are unknown or missing or values of a wrong type; the message lists all.</exception>
    public static RunConfig Read(JsonObject json, string source)
    {
        ArgumentNullException.ThrowIfNull(json);
        FindHalfCharacter(json, source);
        RunConfig config = new();
        List<string> problems = [];
        Reader.Read(json, config, "", problems);
        return problems.Count == 0 ? config : throw new InvalidDataException($"{source} is not that of a run:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}");
    }

    public static JsonObject ToNode(RunConfig config) => (JsonObject)JsonSerializer.SerializeToNode(config, SettingsReader.Json)!;

    /// <summary>What a trainer is not told by its parts: of the model only the seed, as another shape is refused, and neither the trainer's own options nor the data, which it looks at itself.</summary>
    public static JsonObject Describe(RunConfig config)
    {
        JsonObject json = ToNode(config);
        json["model"] = new JsonObject { ["init_seed"] = config.Model.InitSeed };
        json.Remove("training");
        json.Remove("data");
        return json;
    }

    /// <summary>Puts the values of a patch in place of those of an object, section by section; null removes.</summary>
    public static void Merge(JsonObject target, JsonObject patch)
    {
        foreach ((string key, JsonNode? value) in patch)
        {
            if (value is JsonObject inner && target[key] is JsonObject section) Merge(section, inner);
            else if (value is null) target.Remove(key);
            else target[key] = value.DeepClone();
        }
    }

    /// <summary>JSON may write half a character, such as "\ud800", which no text can hold and which shows only where it is asked for.</summary>
    private static void FindHalfCharacter(JsonNode? node, string source)
    {
        try
        {
            if (node is JsonObject json)
                foreach ((_, JsonNode? value) in json) FindHalfCharacter(value, source);
            else if (node is JsonArray array)
                foreach (JsonNode? value in array) FindHalfCharacter(value, source);
            else if (node?.GetValueKind() == JsonValueKind.String) node.GetValue<string>();
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidDataException($"{source} holds half a character (a lone surrogate such as \\ud800) in {(node is JsonObject ? "the name of a key" : node!.GetPath())}: {exception.Message}", exception);
        }
    }
}
