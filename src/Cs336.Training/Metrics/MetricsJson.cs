using System.Text.Json.Serialization;

namespace Cs336.Training;

/// <summary>Source-generated JSON of a line of metrics.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TrainingMetrics))]
internal sealed partial class MetricsJson : JsonSerializerContext;
