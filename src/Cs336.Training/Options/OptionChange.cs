using System.Text.Json;

namespace Cs336.Training;

/// <summary>An option that has changed.</summary>
/// <param name="Key">Its JSON name; options of the loss have <c>loss.</c> in front.</param>
/// <param name="Before">What it was, as JSON; null where it was not set.</param>
/// <param name="Now">What it is.</param>
internal readonly record struct OptionChange(string Key, string? Before, string? Now)
{
    /// <summary>All differences between options, in the order of their members.</summary>
    public static IReadOnlyList<OptionChange> Between(TrainerOptions before, TrainerOptions now) => Between(
        JsonSerializer.SerializeToElement(before, OptionsJson.Default.TrainerOptions),
        JsonSerializer.SerializeToElement(now, OptionsJson.Default.TrainerOptions));

    /// <summary>All differences between sections of keys.</summary>
    public static IReadOnlyList<OptionChange> Between(JsonElement before, JsonElement now)
    {
        Dictionary<string, string> old = Flatten(before), current = Flatten(now);
        return [.. current.Keys.Union(old.Keys).Select(key => new OptionChange(key, old.GetValueOrDefault(key),
            current.GetValueOrDefault(key))).Where(change => change.Before != change.Now)];
    }

    private static Dictionary<string, string> Flatten(JsonElement sections)
    {
        Dictionary<string, string> values = [];
        Add("", sections);
        return values;

        void Add(string prefix, JsonElement element)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                if (property.Value.ValueKind == JsonValueKind.Object) Add($"{prefix}{property.Name}.", property.Value);
                else values[prefix + property.Name] = property.Value.ToString();
            }
        }
    }
}
