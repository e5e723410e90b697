using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cs336.Training;

/// <summary>
/// Writes a number that is not finite as null, which every reader of JSON takes, and reads null as NaN. A value that was not measured must
/// therefore be left out altogether. Older versions wrote the string <c>"NaN"</c> or <c>"Infinity"</c>, which is still read.
/// </summary>
internal sealed class FiniteNumberConverter : JsonConverter<double?>
{
    public override bool HandleNull => true;

    public override double? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Null => double.NaN,
        JsonTokenType.String when reader.GetString() is "NaN" or "Infinity" or "-Infinity" =>
            double.Parse(reader.GetString()!, CultureInfo.InvariantCulture),
        _ => reader.GetDouble(),
    };

    public override void Write(Utf8JsonWriter writer, double? value, JsonSerializerOptions options)
    {
        if (value is double number && double.IsFinite(number)) writer.WriteNumberValue(number);
        else writer.WriteNullValue();
    }
}
