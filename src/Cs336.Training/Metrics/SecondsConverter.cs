using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cs336.Training;

/// <summary>A time as its seconds, exact to the tick.</summary>
internal sealed class SecondsConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        double ticks = Math.Round(reader.GetDouble() * TimeSpan.TicksPerSecond);
        return Math.Abs(ticks) < long.MaxValue ? new TimeSpan((long)ticks) : throw new JsonException("It is too long a time.");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.TotalSeconds);
}
