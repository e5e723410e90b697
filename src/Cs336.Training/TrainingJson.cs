using System.Text.Json.Serialization;
using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>Source-generated JSON of what the package writes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(SnakeCaseEnumConverter<Precision>)])]
[JsonSerializable(typeof(CheckpointManifest))]
[JsonSerializable(typeof(TrainerState))]
[JsonSerializable(typeof(TrainerStateVersion1))]
internal sealed partial class TrainingJson : JsonSerializerContext;
