using System.Text.Json.Serialization;

namespace Cs336.Serving;

/// <summary>The members of <see cref="ChatTemplate"/> for a configuration section, known without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ChatTemplate))]
internal sealed partial class ChatTemplateJson : JsonSerializerContext;
