using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>Reads configurations from JSON such that all that is wrong with keys and types is known at once.</summary>
internal static class ConfigReader
{
    public static JsonSerializerOptions Options { get; } = MakeOptions();

    public static JsonObject ParseObject(string json, string source)
    {
        try
        {
            JsonDocumentOptions options = new() { AllowDuplicateProperties = false, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
            return JsonNode.Parse(json, documentOptions: options) as JsonObject ?? throw new InvalidDataException($"{source} is no JSON object: expected sections such as model and data in braces.");
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
            return JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            return JsonValue.Create(value);
        }
    }

    public static JsonObject ToNode(RunConfig config) => (JsonObject)JsonSerializer.SerializeToNode(config, Options)!;

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

    /// <summary>Finds unknown and missing keys and values of wrong types in an object and those inside it.</summary>
    /// <param name="json">The object.</param>
    /// <param name="type">What it is to become.</param>
    /// <param name="path">Its key with a dot after it; empty for the outermost.</param>
    /// <param name="problems">Is given a sentence for each.</param>
    public static void Check(JsonObject json, Type type, string path, List<string> problems)
    {
        Dictionary<string, JsonPropertyInfo> known = Options.GetTypeInfo(type).Properties.Where(property => property.Get is not null).ToDictionary(property => property.Name);
        foreach ((string key, JsonNode? value) in json)
        {
            if (!known.TryGetValue(key, out JsonPropertyInfo? property)) problems.Add($"There is no key {path}{key}: is {path}{NearestName.Of(key, known.Keys)} meant?");
            else if (IsSection(property)) CheckSection(value, property, $"{path}{key}", problems);
            else if (FindTypeProblem(value, property) is string problem) problems.Add($"{path}{key} {problem}");
        }
        foreach (JsonPropertyInfo property in known.Values)
            if (property.IsRequired && !json.ContainsKey(property.Name)) problems.Add($"{path}{property.Name} is missing.");
    }

    private static void CheckSection(JsonNode? value, JsonPropertyInfo property, string path, List<string> problems)
    {
        if (value is JsonObject section) Check(section, property.PropertyType, path + ".", problems);
        else problems.Add($"{path} is {Print(value)}, but must be an object in braces.");
    }

    private static bool IsSection(JsonPropertyInfo property) => property.CustomConverter is null && Options.GetTypeInfo(property.PropertyType).Kind == JsonTypeInfoKind.Object;

    private static string? FindTypeProblem(JsonNode? value, JsonPropertyInfo property)
    {
        try
        {
            // An object of this one property, so that its own converter and nullability are those that judge.
            JsonTypeInfo info = Options.GetTypeInfo(property.PropertyType);
            if (property.CustomConverter is DataFilesConverter files)
            {
                Utf8JsonReader reader = new(JsonSerializer.SerializeToUtf8Bytes(value));
                reader.Read();
                files.Read(ref reader, property.PropertyType, Options);
            }
            else if (value is not null)
            {
                value.Deserialize(info);
            }
            else if (!property.IsSetNullable || (property.PropertyType.IsValueType && Nullable.GetUnderlyingType(property.PropertyType) is null))
            {
                return $"is null, but must be {Describe(property.PropertyType)}.";
            }
            return null;
        }
        catch (JsonException exception) when (property.CustomConverter is not null)
        {
            return $"is {Print(value)}, but {exception.Message}.";
        }
        catch (JsonException)
        {
            return $"is {Print(value)}, but must be {Describe(property.PropertyType)}.";
        }
    }

    private static string Describe(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum) return $"one of {string.Join(", ", Enum.GetValues(type).Cast<object>().Select(value => JsonSerializer.Serialize(value, type, Options)))}";
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Int32 or TypeCode.Int64 => "a whole number",
            TypeCode.UInt64 => "a whole number of at least 0",
            TypeCode.Double => "a number",
            TypeCode.Boolean => "true or false",
            TypeCode.String => "a text",
            _ => "a list of texts",
        };
    }

    private static string Print(JsonNode? value) => value?.ToJsonString() ?? "null";

    private static JsonSerializerOptions MakeOptions()
    {
        JsonSerializerOptions options = new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            WriteIndented = true,
            Converters = { new SnakeCaseEnumConverter<Precision>(), new SnakeCaseEnumConverter<WeightDecayTargets>() },
        };
        options.MakeReadOnly();
        return options;
    }
}
