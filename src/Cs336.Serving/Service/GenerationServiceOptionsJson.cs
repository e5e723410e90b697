using System.Text.Json.Serialization;

namespace Cs336.Serving;

/// <summary>The members of <see cref="GenerationServiceOptions"/> for a configuration section, known without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(GenerationServiceOptions))]
internal sealed partial class GenerationServiceOptionsJson : JsonSerializerContext;
