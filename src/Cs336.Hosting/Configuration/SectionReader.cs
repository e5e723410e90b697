using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Cs336.Settings;
using Microsoft.Extensions.Configuration;

namespace Cs336.Hosting;

/// <summary>
/// Sets options from a configuration section, whose values are all texts: it becomes the JSON that the options would be read from, so that
/// keys may be the members' names or those of JSON (<c>MaxLearningRate</c> or <c>max_lr</c>), and the same is wrong with either.
/// </summary>
internal static class SectionReader
{
    private static readonly SettingsReader Reader = new(ConfigurationPath.KeyDelimiter, property => (property.AttributeProvider as MemberInfo)?.Name ?? property.Name, _ => false);

    /// <summary>Sets what the section has.</summary>
    /// <param name="section">The section; upper and lower case of its keys are alike.</param>
    /// <param name="options">What to set.</param>
    /// <returns>What is wrong with the section, one sentence each; what they name is left as it was.</returns>
    public static IReadOnlyList<string> Read(IConfiguration section, object options)
    {
        List<string> problems = [];
        Reader.Read(ToJson(section, options.GetType(), problems), options, section is IConfigurationSection named ? named.Path + ConfigurationPath.KeyDelimiter : "", problems);
        return problems;
    }

    private static JsonObject ToJson(IConfiguration section, Type type, List<string> problems)
    {
        PropertyInfo[] properties = [.. type.GetProperties().Where(property => property.GetSetMethod() is not null && property.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always })];
        Dictionary<PropertyInfo, string> named = [];
        JsonObject json = [];
        foreach (IConfigurationSection child in section.GetChildren())
        {
            PropertyInfo? property = properties.FirstOrDefault(property => Plain(property.Name) == Plain(child.Key) || Plain(NameOf(property)) == Plain(child.Key));
            // Which of two sources is to hold, such as a file and the environment, cannot be told of two keys.
            if (property is not null && !named.TryAdd(property, child.Path)) problems.Add($"{named[property]} and {child.Path} name the same option: spell the key alike wherever it is set.");
            json[property is null ? child.Key : NameOf(property)] = ToJson(child, property?.PropertyType ?? typeof(string), problems);
        }
        return json;
    }

    private static JsonNode? ToJson(IConfigurationSection section, Type type, List<string> problems)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        IConfigurationSection[] children = [.. section.GetChildren()];
        Type? element = ElementOf(type);
        if (element is not null && children.All(child => int.TryParse(child.Key, out _)) && (children.Length > 0 || string.IsNullOrEmpty(section.Value)))
            return new JsonArray([.. children.OrderBy(child => int.Parse(child.Key, CultureInfo.InvariantCulture)).Select(child => ToJson(child, element, problems))]);
        if (children.Length > 0) return ToJson((IConfiguration)section, element ?? type, problems);
        if (IsSection(type) && string.IsNullOrEmpty(section.Value)) return new JsonObject(); // configuration keeps no more of an empty one
        return section.Value is string text ? ToJson(text, type) : null;
    }

    private static bool IsSection(Type type) => SettingsReader.Json.GetTypeInfo(type).Kind == JsonTypeInfoKind.Object;

    /// <summary>A text as what its option holds; where it cannot be that, as text, which the reader then refuses.</summary>
    private static JsonNode? ToJson(string text, Type type)
    {
        if (text.Length == 0 && type != typeof(string)) return null;
        if (type.IsEnum) return Enum.GetNames(type).FirstOrDefault(name => Plain(name) == Plain(text)) is string name ? JsonSerializer.SerializeToNode(Enum.Parse(type, name), type, SettingsReader.Json) : text;
        if (type == typeof(bool)) return bool.TryParse(text, out bool truth) ? truth : text;
        if (type == typeof(int) || type == typeof(long)) return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? whole : text;
        if (type == typeof(ulong)) return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong natural) ? natural : text;
        if (type == typeof(double)) return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : text;
        return text;
    }

    private static Type? ElementOf(Type type) =>
        type == typeof(string) || !type.IsAssignableTo(typeof(IEnumerable)) ? null : type.IsGenericType ? type.GetGenericArguments()[0] : typeof(object);

    private static string NameOf(PropertyInfo property) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? SettingsReader.Json.PropertyNamingPolicy!.ConvertName(property.Name);

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
}
