using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cs336.Training;

/// <summary>
/// Numbers as every reader of JSON takes them: what is not finite is null, and read back as NaN; what there is none of must not be written at all. Older
/// versions wrote the string <c>"NaN"</c> or <c>"Infinity"</c>, which is still read.
/// </summary>
internal sealed class FiniteNumberConverter : JsonConverter<double?>
{
    public override bool HandleNull => true;

    public override double? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Null => double.NaN,
        JsonTokenType.String when reader.GetString() is "NaN" or "Infinity" or "-Infinity" => double.Parse(reader.GetString()!, CultureInfo.InvariantCulture),
        _ => reader.GetDouble(),
    };

    public override void Write(Utf8JsonWriter writer, double? value, JsonSerializerOptions options)
    {
        if (value is double number && double.IsFinite(number)) writer.WriteNumberValue(number);
        else writer.WriteNullValue();
    }
}
