using System.Text.Json.Serialization;
using Cs336.Settings;
using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>Source-generated JSON of a trainer's options, in which two sets of them are compared.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    Converters = [typeof(SnakeCaseEnumConverter<Precision>)])]
[JsonSerializable(typeof(TrainerOptions))]
internal sealed partial class OptionsJson : JsonSerializerContext;
