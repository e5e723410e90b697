using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Cs336.Training;

/// <summary>Reads a file as its path, or as an object of path and weight.</summary>
internal sealed class DataFileConverter : JsonConverter<DataFile>
{
    private const string Expected = "a path, or an object of path and weight";

    public override DataFile Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return new DataFile { Path = reader.GetString()! };
        if (JsonNode.Parse(ref reader) is not JsonObject json) throw new JsonException($"expected {Expected}");
        foreach ((string key, _) in json)
            if (key is not ("path" or "weight")) throw new JsonException($"expected {Expected}, but there is a key {key}");
        if (json["path"] is not JsonValue path || !path.TryGetValue(out string? text))
            throw new JsonException($"expected {Expected}, but the path is missing");
        double? weight = null;
        if (json["weight"] is JsonNode node)
            weight = node is JsonValue value && value.TryGetValue(out double number) && double.IsFinite(number) ? number
                : throw new JsonException("the weight is not a finite number");
        return new DataFile { Path = text, Weight = weight };
    }

    public override void Write(Utf8JsonWriter writer, DataFile value, JsonSerializerOptions options)
    {
        if (value.Weight is not double weight)
        {
            writer.WriteStringValue(value.Path);
            return;
        }
        writer.WriteStartObject();
        writer.WriteString("path", value.Path);
        writer.WriteNumber("weight", weight);
        writer.WriteEndObject();
    }
}
