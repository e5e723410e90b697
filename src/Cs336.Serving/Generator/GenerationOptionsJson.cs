using System.Text.Json.Serialization;
using Cs336.Inference;
using Cs336.Settings;

namespace Cs336.Serving;

/// <summary>The members of <see cref="GenerationOptions"/> for a configuration section, known without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, Converters = [typeof(SnakeCaseEnumConverter<ContextOverflow>)])]
[JsonSerializable(typeof(GenerationOptions))]
internal sealed partial class GenerationOptionsJson : JsonSerializerContext;
