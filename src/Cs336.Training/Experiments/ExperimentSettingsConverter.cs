using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cs336.Training;

/// <summary>Settings as a JSON object of strings, booleans and numbers.</summary>
internal sealed class ExperimentSettingsConverter : JsonConverter<ExperimentSettings>
{
    public override ExperimentSettings Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("Expected an object of settings.");
        List<KeyValuePair<string, object>> values = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            values.Add(new(key, reader.TokenType switch
            {
                JsonTokenType.String => reader.GetString()!,
                JsonTokenType.True => true,
                JsonTokenType.False => false,
                JsonTokenType.Number => reader.TryGetInt64(out long whole) ? whole : reader.GetDouble(),
                _ => throw new JsonException($"The setting {key} is neither a string nor a boolean nor a number."),
            }));
        }
        try
        {
            return new ExperimentSettings(values);
        }
        catch (ArgumentException exception)
        {
            throw new JsonException(exception.Message, exception);
        }
    }

    public override void Write(Utf8JsonWriter writer, ExperimentSettings value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach ((string key, object setting) in value.Values)
        {
            if (setting is string text) writer.WriteString(key, text);
            else if (setting is bool truth) writer.WriteBoolean(key, truth);
            else if (setting is long whole) writer.WriteNumber(key, whole);
            else writer.WriteNumber(key, (double)setting);
        }
        writer.WriteEndObject();
    }
}
