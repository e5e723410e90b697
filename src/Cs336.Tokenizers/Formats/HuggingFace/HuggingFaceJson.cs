using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>One of the parts of a <c>tokenizer.json</c> that have a type, and what is wrong with it where it cannot be followed.</summary>
/// <param name="Path">The file, for messages.</param>
/// <param name="Name">The part's name in the file.</param>
/// <param name="Value">The JSON; an undefined one counts as null.</param>
internal readonly record struct HuggingFaceJson(string Path, string Name, JsonElement Value)
{
    private const int MaxShown = 300;

    /// <summary>Whether the part is absent or null.</summary>
    public bool IsNull => Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    /// <summary>The part's type, or nothing.</summary>
    public string Type => Text("type") ?? "";

    /// <summary>A part of a file.</summary>
    public static HuggingFaceJson Of(JsonElement root, string name, string path) =>
        new(path, name, root.TryGetProperty(name, out JsonElement value) ? value : default);

    /// <summary>The part, or the parts that it is a sequence of.</summary>
    /// <param name="list">What the sequence's parts are called.</param>
    public IEnumerable<HuggingFaceJson> Flatten(string list)
    {
        if (IsNull) return [];
        if (Type != "Sequence") return [this];
        if (!Value.TryGetProperty(list, out JsonElement parts) || parts.ValueKind != JsonValueKind.Array)
            throw Refuse($"a sequence has '{list}'");
        HuggingFaceJson own = this;
        return parts.EnumerateArray().SelectMany(part => (own with { Value = part }).Flatten(list));
    }

    /// <summary>A text of the part; null where it has none of this name.</summary>
    public string? Text(string name) =>
        Value.ValueKind == JsonValueKind.Object && Value.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Whether a flag of the part is on.</summary>
    /// <param name="name">The flag's name in the file.</param>
    /// <param name="absent">What it is where the file leaves it out.</param>
    public bool Flag(string name, bool absent) =>
        Value.ValueKind == JsonValueKind.Object && Value.TryGetProperty(name, out JsonElement value)
            && value.ValueKind != JsonValueKind.Null
            ? value.ValueKind == JsonValueKind.True
            : absent;

    /// <summary>The text of <c>{"pattern": {"String": ...}}</c>, or the one under another kind of pattern.</summary>
    public string? Pattern(string kind) =>
        Value.TryGetProperty("pattern", out JsonElement pattern) ? (this with { Value = pattern }).Text(kind) : null;

    /// <summary>What to throw where the part cannot be followed.</summary>
    /// <param name="reason">Why, as the second half of a sentence.</param>
    public InvalidDataException Refuse(string reason)
    {
        string json = IsNull ? "null" : Value.GetRawText();
        return new InvalidDataException(
            $"{Path} has the {Name} {(json.Length <= MaxShown ? json : $"{json.AsSpan(0, MaxShown)}…")}, but {reason}.");
    }
}
