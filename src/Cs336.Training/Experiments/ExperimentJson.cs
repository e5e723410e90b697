using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cs336.Training;

/// <summary>Source-generated JSON of what an experiment writes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(ExperimentResult))]
[JsonSerializable(typeof(ExperimentSettings))]
internal sealed partial class ExperimentJson : JsonSerializerContext
{
    /// <summary>Without line breaks; for settings, whose converter needs no options.</summary>
    public static ExperimentJson OneLine { get; } = new(new JsonSerializerOptions());
}
