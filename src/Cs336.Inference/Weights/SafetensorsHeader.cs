using System.Text.Json;

namespace Cs336.Inference;

/// <summary>Reads the JSON header of a safetensors file, believing nothing.</summary>
internal static class SafetensorsHeader
{
    /// <summary>The format's own limit, which keeps a hostile length from asking for all memory.</summary>
    public const int MaxBytes = 100_000_000;

    public static IReadOnlyList<SafetensorsEntry> Parse(byte[] header, string file)
    {
        List<(SafetensorsEntry Entry, long Begin)> tensors = [];
        try
        {
            JsonDocumentOptions options = new() { MaxDepth = 4, AllowDuplicateProperties = false };
            using JsonDocument document = JsonDocument.Parse(header, options);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{file}: the header is JSON, but not an object.");
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
                if (property.Name != "__metadata__") tensors.Add(ParseTensor(property, file));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // the latter for a name that is not UTF-8
        {
            throw new InvalidDataException($"{file}: the header is not valid JSON: {exception.Message}", exception);
        }

        tensors.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.Entry.ByteLength.CompareTo(b.Entry.ByteLength));
        long expected = 0;
        foreach ((SafetensorsEntry entry, long begin) in tensors)
        {
            if (begin != expected)
                throw new InvalidDataException($"{file}: tensor {entry} begins at byte {begin}, but the one before it ends at {expected}: tensors must lie one after the other.");
            expected = checked(begin + entry.ByteLength);
        }
        return [.. tensors.Select(tensor => tensor.Entry)];
    }

    private static (SafetensorsEntry Entry, long Begin) ParseTensor(JsonProperty property, string file)
    {
        string name = property.Name;
        try
        {
            JsonElement value = property.Value;
            string dtype = value.GetProperty("dtype").GetString() ?? "null";
            if (!Enum.TryParse(dtype, out SafetensorsType type) || !Enum.IsDefined(type) || type.ToString() != dtype)
                throw new InvalidDataException($"{file}: tensor '{name}' has dtype {dtype}; this library reads {string.Join(", ", Enum.GetNames<SafetensorsType>())}.");
            SafetensorsEntry entry = new(name, type, [.. value.GetProperty("shape").EnumerateArray().Select(item => item.GetInt64())]);
            JsonElement offsets = value.GetProperty("data_offsets");
            if (offsets.GetArrayLength() != 2) throw new InvalidDataException($"{file}: tensor '{name}' has {offsets.GetArrayLength()} data_offsets; expected begin and end.");
            (long begin, long end) = (offsets[0].GetInt64(), offsets[1].GetInt64());
            if (begin < 0 || end < begin || end - begin != entry.ByteLength)
                throw new InvalidDataException($"{file}: tensor {entry} needs {entry.ByteLength} bytes, but its data_offsets are {begin} to {end}.");
            return (entry, begin);
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{file}: the header's entry for tensor '{name}' is malformed: {exception.Message}", exception);
        }
    }
}
