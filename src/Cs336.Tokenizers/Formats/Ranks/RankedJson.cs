using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>A part of a JSON file that holds ranks: what must be there is there, or an error names it.</summary>
/// <param name="Path">The file, for messages.</param>
/// <param name="Name">What messages call the part; empty for the whole.</param>
/// <param name="Value">What stands there, of any kind.</param>
internal readonly record struct RankedJson(string Path, string Name, JsonElement Value)
{
    /// <summary>A part of this one, which must be an object.</summary>
    /// <exception cref="InvalidDataException">There is no such part.</exception>
    public RankedJson this[string name] => Find(name) is { IsNull: false } part ? part
        : throw new InvalidDataException($"{Path} has no '{Below(name)}', which such a file must have.");

    /// <summary>Whether it is absent or null.</summary>
    public bool IsNull => Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    /// <summary>A part of this one, which must be an object; one that is null where it is absent.</summary>
    public RankedJson Find(string name) => Value.ValueKind == JsonValueKind.Object
        ? new RankedJson(Path, Below(name), Value.TryGetProperty(name, out JsonElement value) ? value : default)
        : throw Wrong("an object");

    /// <summary>Its parts, where it is a list.</summary>
    public IEnumerable<RankedJson> Items()
    {
        if (Value.ValueKind != JsonValueKind.Array) throw Wrong("a list");
        RankedJson list = this;
        return list.Value.EnumerateArray().Select((item, index) => new RankedJson(list.Path, $"{list.Name}[{index}]", item));
    }

    /// <summary>Its parts, where it is an object that names them.</summary>
    public IEnumerable<(string Key, RankedJson Part)> Properties()
    {
        if (Value.ValueKind != JsonValueKind.Object) throw Wrong("an object");
        RankedJson all = this;
        return all.Value.EnumerateObject().Select(part =>
            (part.Name, new RankedJson(all.Path, $"{all.Name}[{VocabularyFile.Quote(part.Name)}]", part.Value)));
    }

    /// <summary>The text that it is.</summary>
    public string Text() => Value.ValueKind == JsonValueKind.String ? Value.GetString()! : throw Wrong("a text");

    /// <summary>The whole number that it is.</summary>
    public int Number() =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out int number) ? number : throw Wrong("a whole number of 32 bits");

    /// <summary>What to throw where it is not what it must be.</summary>
    public InvalidDataException Wrong(string expected) => new(
        $"{Path}: {(Name.Length == 0 ? "it" : $"'{Name}'")} is {Show()}, but must be {expected}.");

    private string Show() => Value.ValueKind switch
    {
        JsonValueKind.Undefined => "absent",
        JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Null or JsonValueKind.True or JsonValueKind.False =>
            VocabularyFile.Quote(Value.ToString() is { Length: > 0 } text ? text : Value.GetRawText()),
        _ => $"a JSON {Value.ValueKind}",
    };

    private string Below(string name) => Name.Length == 0 ? name : $"{Name}.{name}";
}
