using System.Reflection;
using Cs336.Training;
using Microsoft.Extensions.Configuration;

namespace Cs336.Hosting;

/// <summary>
/// Sets options from a configuration section. Unlike the binder alone it goes on after a bad value, so that all problems are told
/// at once, and refuses keys that no option has.
/// </summary>
internal static class SectionReader
{
    /// <summary>Sets what the section has.</summary>
    /// <param name="section">The section; keys are the names of properties, upper and lower case alike.</param>
    /// <param name="options">What to set.</param>
    /// <returns>What is wrong with the section, one sentence each; what they name is left as it was.</returns>
    public static IReadOnlyList<string> Read(IConfiguration section, object options)
    {
        List<string> problems = [];
        Read(section, options, problems);
        return problems;
    }

    private static void Read(IConfiguration section, object options, List<string> problems)
    {
        Dictionary<string, PropertyInfo> known = options.GetType().GetProperties()
            .Where(property => property.GetSetMethod() is not null && !typeof(Delegate).IsAssignableFrom(property.PropertyType))
            .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (!known.TryGetValue(child.Key, out PropertyInfo? property))
                problems.Add($"{child.Path} is not known: {options.GetType().Name} has no {child.Key}; the nearest is {NearestName.Of(child.Key, known.Keys)}.");
            else if (IsOptions(property.PropertyType))
                Read(child, property.GetValue(options)!, problems);
            else
                Set(child, property, options, problems);
        }
    }

    private static bool IsOptions(Type type) => type is { IsClass: true, Namespace: string space } && space.StartsWith("Cs336.", StringComparison.Ordinal);

    private static void Set(IConfigurationSection child, PropertyInfo property, object options, List<string> problems)
    {
        Type type = property.PropertyType;
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        try
        {
            object? value = child.Get(type);
            if (value is null && (child.GetChildren().Any() || !IsNullable(property)))
                problems.Add($"{child.Path} has no value, but {property.Name} needs {Describe(plain)}.");
            else
                property.SetValue(options, value);
        }
        catch (InvalidOperationException)
        {
            problems.Add($"{child.Path} is '{child.Value}', but {property.Name} needs {Describe(plain)}.");
        }
    }

    private static bool IsNullable(PropertyInfo property) =>
        property.PropertyType.IsValueType
            ? Nullable.GetUnderlyingType(property.PropertyType) is not null
            : new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;

    private static string Describe(Type type) =>
        type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
        : type == typeof(bool) ? "true or false"
        : type == typeof(double) ? "a number"
        : type == typeof(int) || type == typeof(long) || type == typeof(ulong) ? $"a whole number from {type.GetField("MinValue")!.GetValue(null)} to {type.GetField("MaxValue")!.GetValue(null)}"
        : type == typeof(TimeSpan) ? "a time such as 00:05:00"
        : type == typeof(string) ? "a text"
        : "a list";
}
