using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Cs336.Settings;
using Microsoft.Extensions.Configuration;

namespace Cs336.Parts;

/// <summary>
/// Sets options from a configuration section, whose values are all texts: it becomes the JSON that the options would be read from, so that
/// keys may be the members' names or those of JSON (<c>MaxLearningRate</c> or <c>max_lr</c>), and the same is wrong with either.
/// </summary>
/// <param name="json">Knows the options' members: by generated code where the program may be trimmed.</param>
/// <param name="shapeOf">
/// For a type that a converter of its own reads from an object, a type with the members of that object; all others are their own shape.
/// </param>
/// <param name="take">
/// Deals with keys of a section that are no members of its options: takes them out of the JSON and sets what they say. It is given the
/// JSON, the options, the path that messages begin with, and the problems to add to.
/// </param>
internal sealed class SectionReader(
    JsonSerializerOptions json, Func<Type, Type>? shapeOf = null, Action<JsonObject, object, string, List<string>>? take = null)
{
    private readonly SettingsReader _reader = new(json, ConfigurationPath.KeyDelimiter, MemberOf, _ => false);

    /// <summary>Sets what the section has.</summary>
    /// <param name="section">The section; upper and lower case of its keys are alike.</param>
    /// <param name="options">What to set.</param>
    /// <returns>What is wrong with the section, one sentence each; what they name is left as it was.</returns>
    public IReadOnlyList<string> Read(IConfiguration section, object options)
    {
        List<string> problems = [];
        string path = section is IConfigurationSection named ? named.Path + ConfigurationPath.KeyDelimiter : "";
        JsonObject values = ToObject(section, options.GetType(), problems);
        take?.Invoke(values, options, path, problems);
        _reader.Read(values, options, path, problems);
        return problems;
    }

    private JsonObject ToObject(IConfiguration section, Type? type, List<string> problems)
    {
        JsonPropertyInfo[] properties = type is null
            ? []
            : [.. json.GetTypeInfo(shapeOf?.Invoke(type) ?? type).Properties.Where(property => property.Set is not null)];
        Dictionary<JsonPropertyInfo, string> named = [];
        JsonObject result = [];
        foreach (IConfigurationSection child in section.GetChildren())
        {
            JsonPropertyInfo? property = properties.FirstOrDefault(
                property => NearestName.Plain(MemberOf(property)) == NearestName.Plain(child.Key)
                    || NearestName.Plain(property.Name) == NearestName.Plain(child.Key));
            // Of one key the later source counts, such as the environment after a file; of two spellings nobody can tell which is later.
            if (property is not null && !named.TryAdd(property, child.Path))
                problems.Add($"{named[property]} and {child.Path} name the same option: spell the key alike wherever it is set.");
            result[property?.Name ?? child.Key] = ToNode(child, property?.PropertyType, problems);
        }
        return result;
    }

    /// <summary>A section as what its option holds; null for the type is a key that no option has, which the reader then refuses.</summary>
    private JsonNode? ToNode(IConfigurationSection section, Type? type, List<string> problems)
    {
        if (type is not null) type = Nullable.GetUnderlyingType(type) ?? type;
        JsonTypeInfo? info = type is null ? null : json.GetTypeInfo(type);
        IConfigurationSection[] children = [.. section.GetChildren()];
        if (info?.Kind == JsonTypeInfoKind.Dictionary && children.Length > 0)
            return new JsonObject(children.Select(child => KeyValuePair.Create(child.Key, ToNode(child, info.ElementType, problems))));
        if (info?.Kind == JsonTypeInfoKind.Enumerable)
        {
            if (children.Length > 0 && children.All(child => int.TryParse(child.Key, out _)))
            {
                IEnumerable<IConfigurationSection> inOrder = children.OrderBy(child => int.Parse(child.Key, CultureInfo.InvariantCulture));
                return new JsonArray([.. inOrder.Select(child => ToNode(child, info.ElementType, problems))]);
            }
            if (children.Length == 0 && string.IsNullOrEmpty(section.Value)) return new JsonArray();
            type = info.ElementType; // one alone, which a converter may take for a list of one
        }
        if (children.Length > 0) return ToObject(section, type, problems);
        if (info?.Kind == JsonTypeInfoKind.Object && string.IsNullOrEmpty(section.Value))
            return new JsonObject(); // of an empty object the configuration keeps the key alone
        return section.Value is not string text
            ? null : info?.Kind == JsonTypeInfoKind.Enumerable || type is null ? text
            : ToValue(text, type);
    }

    /// <summary>A text as what its option holds; where it cannot be that, as text, which the reader then refuses.</summary>
    private JsonNode? ToValue(string text, Type type)
    {
        if (text.Length == 0 && type != typeof(string)) return null;
        if (type.IsEnum)
        {
            return Enum.GetNames(type).FirstOrDefault(name => NearestName.Plain(name) == NearestName.Plain(text)) is string name
                ? JsonSerializer.SerializeToNode(Enum.Parse(type, name), json.GetTypeInfo(type)) : text;
        }
        if (type == typeof(bool)) return bool.TryParse(text, out bool truth) ? truth : text;
        if (type == typeof(int) || type == typeof(long))
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? whole : text;
        if (type == typeof(ulong))
            return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong natural) ? natural : text;
        if (type == typeof(double))
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
                ? number
                : text;
        return text;
    }

    private static string MemberOf(JsonPropertyInfo property) => (property.AttributeProvider as MemberInfo)?.Name ?? property.Name;
}
