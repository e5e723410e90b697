using System.Text.Json;
using Cs336.Json;

namespace Cs336.Inference;

/// <summary>
/// Reads the JSON header of a safetensors file and believes nothing before it is checked. It takes some hundred bytes of memory for each
/// tensor, because it makes no tree of the JSON.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>The format's own limit, which keeps a hostile length from asking for all memory.</summary>
    public const int MaxBytes = 100_000_000;

    private const string Metadata = "__metadata__";

    private static readonly SafetensorsType[] Types = Enum.GetValues<SafetensorsType>();
    private static readonly string[] TypeNames = Enum.GetNames<SafetensorsType>(); // in the order of their values

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
        catch (InvalidOperationException exception) // thrown for a string that is not valid text
        {
            throw new InvalidDataException(
                $"{file}: the header is not valid JSON: a string at {JsonText.FindBroken(header)} holds half a surrogate pair or bad "
                + "UTF-8.", exception);
        }

        tensors.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.Entry.ByteLength.CompareTo(b.Entry.ByteLength));
        long expected = 0;
        SafetensorsEntry[] entries = new SafetensorsEntry[tensors.Count];
        for (int i = 0; i < entries.Length; i++)
        {
            (entries[i], long begin) = tensors[i];
            if (begin != expected)
                throw new InvalidDataException(
                    $"{file}: tensor {entries[i]} begins at byte {begin}, but the one before it ends at {expected}: tensors must lie "
                    + "one after the other.");
            expected = checked(begin + entries[i].ByteLength); // at most what data_offsets said
        }
        return entries;
    }

    private static List<(SafetensorsEntry Entry, long Begin)> ReadTensors(Utf8JsonReader reader, string file)
    {
        List<(SafetensorsEntry Entry, long Begin)> tensors = [];
        HashSet<string> names = [];
        List<long> numbers = [];
        reader.Read();
        bool isObject = reader.TokenType == JsonTokenType.StartObject;
        if (!isObject) reader.Skip();
        while (isObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (!names.Add(name))
                throw new InvalidDataException(
                    $"{file}: the header is not valid JSON: it has the name '{SafetensorsEntry.Cut(name)}' twice.");
            if (name == Metadata) reader.Skip();
            else tensors.Add(ReadTensor(ref reader, name, numbers, file));
        }
        reader.Read(); // nothing may follow
        return isObject ? tensors : throw new InvalidDataException($"{file}: the header is JSON, but not an object.");
    }

    // The reader stands at the tensor's value; `numbers` is room that is used again from tensor to tensor.
    private static (SafetensorsEntry Entry, long Begin) ReadTensor(ref Utf8JsonReader reader, string name, List<long> numbers, string file)
    {
        SafetensorsType? type = null;
        long[]? shape = null;
        (long Begin, long End)? offsets = null;
        if (reader.TokenType != JsonTokenType.StartObject) throw Malformed(file, name, "it is no object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isType = reader.ValueTextEquals("dtype"u8), isShape = reader.ValueTextEquals("shape"u8);
            bool areOffsets = reader.ValueTextEquals("data_offsets"u8);
            if (!isType && !isShape && !areOffsets)
                reader.GetString(); // an unknown property is passed over, but its name must be valid text
            reader.Read();
            if ((isType && type is not null) || (isShape && shape is not null) || (areOffsets && offsets is not null))
                throw Malformed(file, name, "it has a property twice");
            if (isType) type = ReadType(ref reader, file, name);
            else if (isShape)
            {
                ReadNumbers(ref reader, numbers, file, name, "shape");
                shape = [.. numbers];
            }
            else if (areOffsets)
            {
                ReadNumbers(ref reader, numbers, file, name, "data_offsets");
                if (numbers.Count != 2)
                    throw new InvalidDataException(
                        $"{file}: tensor '{SafetensorsEntry.Cut(name)}' has {numbers.Count} data_offsets; expected begin and end.");
                offsets = (numbers[0], numbers[1]);
            }
            else reader.Skip();
        }
        if (type is null || shape is null || offsets is null) throw Malformed(file, name, "it needs dtype, shape and data_offsets");
        return (Check(name, type.Value, shape, offsets.Value, file), offsets.Value.Begin);
    }

    private static SafetensorsEntry Check(string name, SafetensorsType type, long[] shape, (long Begin, long End) offsets, string file)
    {
        SafetensorsEntry entry;
        try
        {
            entry = new SafetensorsEntry(name, type, shape);
        }
        catch (ArgumentException exception)
        {
            throw Malformed(file, name, exception.Message);
        }
        if (offsets.Begin < 0 || offsets.End < offsets.Begin || offsets.End - offsets.Begin != entry.ByteLength)
            throw new InvalidDataException(
                $"{file}: tensor {entry} needs {entry.ByteLength} bytes, but its data_offsets are {offsets.Begin} to {offsets.End}.");
        return entry;
    }

    private static SafetensorsType ReadType(ref Utf8JsonReader reader, string file, string name)
    {
        if (reader.TokenType != JsonTokenType.String) throw Malformed(file, name, "its dtype is no string");
        foreach (SafetensorsType type in Types)
            if (reader.ValueTextEquals(TypeNames[(int)type])) return type;
        throw new InvalidDataException(
            $"{file}: tensor '{SafetensorsEntry.Cut(name)}' has dtype {SafetensorsEntry.Cut(reader.GetString()!)}; this library reads "
            + $"{string.Join(", ", TypeNames)}.");
    }

    private static void ReadNumbers(ref Utf8JsonReader reader, List<long> numbers, string file, string name, string property)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Malformed(file, name, $"its {property} is no array");
        numbers.Clear();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number))
                throw Malformed(file, name, $"its {property} holds what is no whole number of 64 bits");
            numbers.Add(number);
        }
    }

    private static InvalidDataException Malformed(string file, string name, string problem) =>
        new($"{file}: the header's entry for tensor '{SafetensorsEntry.Cut(name)}' is malformed: {problem}.");
}
