using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cs336.Training;

/// <summary>Reads one file or a list of them; writes a list of one as that one.</summary>
internal sealed class DataFilesConverter : JsonConverter<IReadOnlyList<DataFile>>
{
    private static readonly DataFileConverter One = new();

    public override IReadOnlyList<DataFile> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) return [One.Read(ref reader, typeof(DataFile), options)];
        List<DataFile> files = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) files.Add(One.Read(ref reader, typeof(DataFile), options));
        return files;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<DataFile> value, JsonSerializerOptions options)
    {
        if (value.Count == 1)
        {
            One.Write(writer, value[0], options);
            return;
        }
        writer.WriteStartArray();
        foreach (DataFile file in value) One.Write(writer, file, options);
        writer.WriteEndArray();
    }
}
