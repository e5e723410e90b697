using System.Text.Json.Serialization;

namespace Cs336.Training;

/// <summary>Source-generated JSON of what the package writes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TrainingMetrics))]
[JsonSerializable(typeof(CheckpointManifest))]
[JsonSerializable(typeof(TrainerState))]
internal sealed partial class TrainingJson : JsonSerializerContext;
