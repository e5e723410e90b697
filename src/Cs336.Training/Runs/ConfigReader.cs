using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cs336.Json;
using Cs336.Settings;

namespace Cs336.Training;

/// <summary>Turns the JSON of a run into its configuration and back.</summary>
internal static class ConfigReader
{
    /// <summary>Keys that others stand in for: vocab_size follows from the tokenizer, d_ff from d_model.</summary>
    private static readonly string[] CanBeLeftOut = ["vocab_size", "d_ff"];

    private const string From = "from";

    private static readonly SettingsReader Reader = new(
        RunConfig.JsonOptions, ".", property => property.Name, property => property.IsRequired && !CanBeLeftOut.Contains(property.Name));

    /// <summary>Reads text as a JSON object; comments and trailing commas are allowed.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static JsonObject ParseObject(string json, string source)
    {
        json = JsonText.WithoutByteOrderMark(json);
        try
        {
            RequireText(json, source);
            JsonDocumentOptions options = new() { AllowDuplicateProperties = false, AllowTrailingCommas = true,
                CommentHandling = JsonCommentHandling.Skip };
            return JsonNode.Parse(json, documentOptions: options) as JsonObject
                ?? throw new InvalidDataException($"{source} is no JSON object: expected sections such as model and data in braces.");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException) // the latter for text with half a character
        {
            throw new InvalidDataException($"{source} is not JSON: {JsonMessage.Of(exception)}", exception);
        }
    }

    /// <summary>A value as JSON, or else as text.</summary>
    public static JsonNode? ParseValue(string value)
    {
        try
        {
            return JsonNode.Parse(value, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            return JsonValue.Create(value);
        }
    }

    /// <summary>Makes a configuration of JSON that has been parsed.</summary>
    /// <exception cref="InvalidDataException">Keys are unknown or missing or values of a wrong type; the message lists all.</exception>
    public static RunConfig Read(JsonObject json, string source)
    {
        ArgumentNullException.ThrowIfNull(json);
        RequireText(json, source);
        RunConfig config = new();
        List<string> problems = [];
        json = TakeFrom(json, config, problems);
        Reader.Read(json, config, "", problems);
        return problems.Count == 0 ? config : throw new InvalidDataException(
            $"{source} is not that of a run:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}");
    }

    public static JsonObject ToNode(RunConfig config)
    {
        JsonObject json = (JsonObject)JsonSerializer.SerializeToNode(config, RunConfig.JsonOptions.GetTypeInfo(typeof(RunConfig)))!;
        if (config.From is not string from) return json;
        JsonObject model = new() { [From] = from };
        string[] left = [.. InitialModelKeys.Free.Where(key => key != "context_length" || config.Model.ContextLength != 0)];
        foreach ((string key, JsonNode? value) in (JsonObject)json["model"]!)
            if (!config.TakesShape || (config.Model.DModel == 0 && left.Contains(key))) model[key] = value?.DeepClone();
        json["model"] = model;
        return json;
    }

    /// <summary>
    /// Takes <c>model.from</c> out of the section, which otherwise is a shape, and puts zeros for what that model tells of the shape.
    /// </summary>
    private static JsonObject TakeFrom(JsonObject json, RunConfig config, List<string> problems)
    {
        if (json["model"] is not JsonObject || !((JsonObject)json["model"]!).ContainsKey(From)) return json;
        json = (JsonObject)json.DeepClone();
        JsonObject model = (JsonObject)json["model"]!;
        JsonNode? from = model[From];
        model.Remove(From);
        if (from is null) return json;
        if (from.GetValueKind() != JsonValueKind.String)
        {
            problems.Add($"model.{From} is {from.ToJsonString()}, but must be a text: name a folder.");
            return json;
        }
        config.From = from.GetValue<string>();
        if (model.ContainsKey("d_model")) return json;
        problems.AddRange(model.Select(item => item.Key).Where(key => !InitialModelKeys.Free.Contains(key)).Select(key =>
            $"model.{key} stands beside model.{From}, whose model tells the shape: leave it out, or give the whole shape."));
        foreach (string key in InitialModelKeys.Sizes) model.TryAdd(key, 0);
        return json;
    }

    /// <summary>
    /// The settings that a trainer cannot see in the objects that it is given, for <see cref="Trainer.Description"/>. Of the model
    /// only the seed, since a checkpoint of another shape is refused; the trainer's own options and the data are left out, since it
    /// compares them itself.
    /// </summary>
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

    /// <summary>
    /// Looks for lone surrogates before the text is parsed: the parser finds one only when the string is read, and then throws
    /// another exception than at other damage.
    /// </summary>
    private static void RequireText(string json, string source)
    {
        if (JsonText.FindBroken(Encoding.UTF8.GetBytes(json)) is string place)
            throw new InvalidDataException($"{source} holds half a character (a lone surrogate such as \\ud800) in a string at {place}.");
    }

    /// <summary>
    /// Looks for half a character, such as "\ud800", which JSON can write but no text can hold, and for a key that comes twice: both would
    /// show only when the node is read.
    /// </summary>
    /// <exception cref="InvalidDataException">There is one; the message says where.</exception>
    public static void RequireText(JsonNode? node, string source)
    {
        try
        {
            if (node is JsonObject json)
                foreach ((string key, JsonNode? value) in json)
                {
                    if (LoneSurrogate.IsIn(key)) throw new InvalidOperationException("it is no text.");
                    RequireText(value, source);
                }
            else if (node is JsonArray array)
                foreach (JsonNode? value in array) RequireText(value, source);
            else if (node?.GetValueKind() == JsonValueKind.String && LoneSurrogate.IsIn(node.GetValue<string>()))
                throw new InvalidOperationException("it is no text.");
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidDataException($"{source} holds half a character (a lone surrogate such as \\ud800) in "
                + $"{(node is JsonObject ? "the name of a key" : node!.GetPath())}: {exception.Message}", exception);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"{source} holds a key twice: {exception.Message}", exception);
        }
    }
}
