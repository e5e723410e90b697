using System.Text.Json.Serialization;

namespace QuickStart;

/// <summary>How a run keeps the arguments that it was begun with.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Arguments))]
internal sealed partial class ArgumentsJson : JsonSerializerContext;
