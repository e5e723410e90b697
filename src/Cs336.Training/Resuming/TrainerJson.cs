using System.Text.Json;
using System.Text.Json.Serialization;
using Cs336.Settings;
using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>Source-generated JSON of what a trainer keeps in a checkpoint.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    AllowDuplicateProperties = false,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(SnakeCaseEnumConverter<Precision>)])]
[JsonSerializable(typeof(TrainerState))]
[JsonSerializable(typeof(TrainerStateVersion1))]
[JsonSerializable(typeof(SharedState))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class TrainerJson : JsonSerializerContext;
