using System.Text.Json;

namespace Cs336.Inference;

/// <summary>
/// The values of a <c>config.json</c>, key by key. What is not of the expected kind is added to the problems, and something harmless
/// stands in its place, so that reading goes on and all is told at once.
/// </summary>
/// <param name="root">The file's object.</param>
/// <param name="problems">Receives what is wrong.</param>
internal sealed class HuggingFaceConfigValues(JsonElement root, ProblemList problems)
{
    /// <summary>Whether the file has the key, be it with null.</summary>
    public bool HasKey(string name) => root.TryGetProperty(name, out _);

    /// <summary>A key's value; null where the file has no such key, or null there.</summary>
    public JsonElement? Find(string name) => Find(root, name);

    /// <inheritdoc cref="Find(string)"/>
    public static JsonElement? Find(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A key's whole number.</summary>
    /// <param name="name">The key, of the file's object.</param>
    /// <param name="instead">What it is where the file leaves it out; null where it must not.</param>
    /// <param name="min">The lowest number that it may be.</param>
    public int Count(string name, int? instead = null, int min = 1)
    {
        if (Find(name) is { } value) return Whole(name, value, min);
        if (instead is null) problems.Add($"{name} is missing");
        return instead ?? 0;
    }

    /// <summary>A value as a whole number.</summary>
    /// <param name="name">The key, for messages.</param>
    /// <param name="value">What stands there.</param>
    /// <param name="min">The lowest number that it may be.</param>
    public int Whole(string name, JsonElement value, int min)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count >= min) return count;
        problems.Add($"{name} is {Show(value)}, but must be a whole number from {min} to {int.MaxValue}");
        return 0;
    }

    /// <summary>A value as a number above 0.</summary>
    /// <param name="name">The key, for messages.</param>
    /// <param name="value">What stands there.</param>
    public double Real(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number > 0 && double.IsFinite(number))
            return number;
        problems.Add($"{name} is {Show(value)}, but must be a finite number above 0");
        return 1;
    }

    /// <summary>A key's switch: off where the file leaves it out.</summary>
    public bool Switch(string name)
    {
        if (Find(name) is not { } value) return false;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            problems.Add($"{name} is {Show(value)}, but must be true or false");
        return value.ValueKind == JsonValueKind.True;
    }

    /// <summary>Models that turn only a part of each head are not supported: the key is the file's, or that of an object in it.</summary>
    public void RequireWholeRotation(JsonElement? inner = null)
    {
        if (Find(inner ?? root, "partial_rotary_factor") is { } factor
            && !(factor.ValueKind == JsonValueKind.Number && factor.TryGetDouble(out double part) && part == 1))
            problems.Add($"partial_rotary_factor is {Show(factor)}, but only 1 is supported");
    }

    /// <summary>Whether a value is this text.</summary>
    public static bool IsText(JsonElement? value, string text) =>
        value is { ValueKind: JsonValueKind.String } element && element.ValueEquals(text);

    /// <summary>A value as messages show it: in one line, and cut where it is long.</summary>
    public static string Show(JsonElement? value)
    {
        const int MaxShown = 80;
        if (value is not { } element) return "missing";
        string text = string.Join(' ', element.GetRawText().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length <= MaxShown ? text : $"{text.AsSpan(0, MaxShown)}…";
    }
}
