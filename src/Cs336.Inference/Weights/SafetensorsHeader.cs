using System.Text.Json;
using Cs336.Json;

namespace Cs336.Inference;

/// <summary>
/// Reads the JSON header of a safetensors file, believing nothing. What it holds in memory is what the header describes, some
/// hundred bytes for each tensor, and no tree of the JSON.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>The format's own limit, which keeps a hostile length from asking for all memory.</summary>
    public const int MaxBytes = 100_000_000;

    private const string Metadata = "__metadata__";

    public static IReadOnlyList<SafetensorsEntry> Parse(ReadOnlySpan<byte> header, string file)
    {
        List<(SafetensorsEntry Entry, long Begin)> tensors;
        try
        {
            tensors = ReadTensors(new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = 4 }), file);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{file}: the header is not valid JSON: {exception.Message}", exception);
        }
        catch (InvalidOperationException exception) // for a text that is none
        {
            throw new InvalidDataException($"{file}: the header is not valid JSON: a string at {JsonText.FindBroken(header)} holds half a surrogate pair or bad UTF-8.", exception);
        }

        tensors.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.Entry.ByteLength.CompareTo(b.Entry.ByteLength));
        long expected = 0;
        SafetensorsEntry[] entries = new SafetensorsEntry[tensors.Count];
        for (int i = 0; i < entries.Length; i++)
        {
            (entries[i], long begin) = tensors[i];
            if (begin != expected)
                throw new InvalidDataException($"{file}: tensor {entries[i]} begins at byte {begin}, but the one before it ends at {expected}: tensors must lie one after the other.");
            expected = checked(begin + entries[i].ByteLength); // at most what data_offsets said
        }
        return entries;
    }

    private static List<(SafetensorsEntry Entry, long Begin)> ReadTensors(Utf8JsonReader reader, string file)
    {
        List<(SafetensorsEntry Entry, long Begin)> tensors = [];
        HashSet<string> names = [];
        reader.Read();
        bool isObject = reader.TokenType == JsonTokenType.StartObject;
        if (!isObject) reader.Skip();
        while (isObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (!names.Add(name)) throw new InvalidDataException($"{file}: the header is not valid JSON: it has the name '{SafetensorsEntry.Cut(name)}' twice.");
            if (name == Metadata) reader.Skip();
            else tensors.Add(ReadTensor(ref reader, name, file));
        }
        reader.Read(); // nothing may follow
        return isObject ? tensors : throw new InvalidDataException($"{file}: the header is JSON, but not an object.");
    }

    private static (SafetensorsEntry Entry, long Begin) ReadTensor(ref Utf8JsonReader reader, string name, string file)
    {
        string? dtype = null;
        long[]? shape = null, offsets = null;
        if (reader.TokenType != JsonTokenType.StartObject) throw Malformed(file, name, "it is no object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string property = reader.GetString()!;
            reader.Read();
            if (property switch { "dtype" => dtype is not null, "shape" => shape is not null, "data_offsets" => offsets is not null, _ => false })
                throw Malformed(file, name, $"it has {property} twice");
            switch (property)
            {
                case "dtype":
                    dtype = reader.TokenType == JsonTokenType.String ? reader.GetString() : throw Malformed(file, name, "its dtype is no string");
                    break;
                case "shape":
                    shape = ReadNumbers(ref reader, file, name, property);
                    break;
                case "data_offsets":
                    offsets = ReadNumbers(ref reader, file, name, property);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        if (dtype is null || shape is null || offsets is null) throw Malformed(file, name, "it needs dtype, shape and data_offsets");
        return Check(name, dtype, shape, offsets, file);
    }

    private static (SafetensorsEntry Entry, long Begin) Check(string name, string dtype, long[] shape, long[] offsets, string file)
    {
        if (!Enum.TryParse(dtype, out SafetensorsType type) || !Enum.IsDefined(type) || type.ToString() != dtype)
            throw new InvalidDataException($"{file}: tensor '{SafetensorsEntry.Cut(name)}' has dtype {SafetensorsEntry.Cut(dtype)}; this library reads {string.Join(", ", Enum.GetNames<SafetensorsType>())}.");
        if (offsets is not [long begin, long end])
            throw new InvalidDataException($"{file}: tensor '{SafetensorsEntry.Cut(name)}' has {offsets.Length} data_offsets; expected begin and end.");
        SafetensorsEntry entry;
        try
        {
            entry = new SafetensorsEntry(name, type, shape);
        }
        catch (ArgumentException exception)
        {
            throw Malformed(file, name, exception.Message);
        }
        if (begin < 0 || end < begin || end - begin != entry.ByteLength)
            throw new InvalidDataException($"{file}: tensor {entry} needs {entry.ByteLength} bytes, but its data_offsets are {begin} to {end}.");
        return (entry, begin);
    }

    private static long[] ReadNumbers(ref Utf8JsonReader reader, string file, string name, string property)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Malformed(file, name, $"its {property} is no array");
        List<long> numbers = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number)) throw Malformed(file, name, $"its {property} holds what is no whole number of 64 bits");
            numbers.Add(number);
        }
        return [.. numbers];
    }

    private static InvalidDataException Malformed(string file, string name, string problem) =>
        new($"{file}: the header's entry for tensor '{SafetensorsEntry.Cut(name)}' is malformed: {problem}.");
}
