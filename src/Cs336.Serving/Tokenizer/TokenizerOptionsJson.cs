using System.Text.Json.Serialization;

namespace Cs336.Serving;

/// <summary>The members of <see cref="TokenizerOptions"/> for a configuration section, known without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(TokenizerOptions))]
internal sealed partial class TokenizerOptionsJson : JsonSerializerContext;
