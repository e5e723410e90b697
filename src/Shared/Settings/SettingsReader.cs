using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Cs336.Settings;

/// <summary>
/// Sets an object's properties from JSON such that all that is wrong with keys and values is known at once: it goes on after a bad
/// value, which leaves its property as it was, and refuses keys that no property has.
/// </summary>
/// <param name="json">Knows the object's properties, and how values are read.</param>
/// <param name="separator">What stands between the keys of sections in messages.</param>
/// <param name="nameOf">What messages call a property.</param>
/// <param name="needsAll">Whether a key that is required and missing is a problem.</param>
internal sealed class SettingsReader(
    JsonSerializerOptions json, string separator, Func<JsonPropertyInfo, string> nameOf, Func<JsonPropertyInfo, bool> needsAll)
{
    private const int LongestValue = 200;

    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Sets what the JSON has.</summary>
    /// <param name="values">By the properties' names in JSON; an object for each section.</param>
    /// <param name="target">The object whose properties are set.</param>
    /// <param name="path">Its key with a separator after it; empty for the outermost.</param>
    /// <param name="problems">Is given a sentence for each problem.</param>
    public void Read(JsonObject values, object target, string path, List<string> problems)
    {
        Dictionary<string, JsonPropertyInfo> known = json.GetTypeInfo(target.GetType()).Properties
            .Where(property => property.Set is not null).ToDictionary(property => property.Name);
        foreach ((string key, JsonNode? value) in values)
        {
            if (known.TryGetValue(key, out JsonPropertyInfo? property))
                ReadValue(value, property, target, path + nameOf(property), problems);
            else problems.Add($"There is no key {path}{Shorten(key)}: is {path}{nameOf(known[NearestName.Of(key, known.Keys)!])} meant?");
        }
        foreach (JsonPropertyInfo property in known.Values)
            if (needsAll(property) && !values.ContainsKey(property.Name)) problems.Add($"{path}{nameOf(property)} is missing.");
    }

    private void ReadValue(JsonNode? value, JsonPropertyInfo property, object target, string place, List<string> problems)
    {
        // A section that is not there by default is read as a whole.
        if (IsSection(property) && property.Get!(target) is object there)
        {
            if (value is JsonObject section) Read(section, there, place + separator, problems);
            else problems.Add($"{place} is {Print(value)}, but must be an object in braces.");
        }
        else if (FindProblem(value, property, out object? read) is string problem)
        {
            problems.Add($"{place} is {Print(value)}, but {problem}.");
        }
        else
        {
            property.Set!(target, read);
        }
    }

    private bool IsSection(JsonPropertyInfo property) =>
        property.CustomConverter is null && json.GetTypeInfo(property.PropertyType).Kind == JsonTypeInfoKind.Object;

    private string? FindProblem(JsonNode? value, JsonPropertyInfo property, out object? read)
    {
        read = null;
        Type type = property.PropertyType;
        bool isNullable = property.IsSetNullable && (!type.IsValueType || Nullable.GetUnderlyingType(type) is not null);
        if (value is null && !isNullable)
            return $"must be {Describe(property.PropertyType, value)}";
        try
        {
            JsonSerializerOptions options = property.CustomConverter is null
                ? json
                : new(json) { Converters = { property.CustomConverter } };
            read = value.Deserialize(options.GetTypeInfo(property.PropertyType));
            return null;
        }
        catch (JsonException exception)
        {
            return IsSection(property) ? $"must be an object in braces with the keys that it has: {exception.Message}"
                : property.CustomConverter is null ? $"must be {Describe(property.PropertyType, value)}" : exception.Message;
        }
    }

    private string Describe(Type type, JsonNode? value)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum)
        {
            IEnumerable<string> names = Enum.GetNames(type)
                .Select(name => JsonSerializer.Serialize(Enum.Parse(type, name), json.GetTypeInfo(type)));
            return $"one of {string.Join(", ", names)}";
        }
        if (type == typeof(TimeSpan)) return "a time such as \"00:05:00\"";
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Int32 when value is JsonValue
                && value.GetValueKind() == JsonValueKind.Number => $"a whole number from {int.MinValue} to {int.MaxValue}",
            TypeCode.Int32 or TypeCode.Int64 => "a whole number",
            TypeCode.UInt64 => "a whole number of at least 0",
            TypeCode.Double => "a number",
            TypeCode.Boolean => "true or false",
            TypeCode.String => "a text",
            _ => "a list of texts",
        };
    }

    private static string Print(JsonNode? value) => Shorten(value?.ToJsonString(OneLine) ?? "null");

    /// <summary>A message says where a value is; of a very long one the beginning is enough to know it by.</summary>
    private static string Shorten(string text) =>
        text.Length <= LongestValue ? text : $"{text.AsSpan(0, LongestValue)}... ({text.Length} characters)";
}
