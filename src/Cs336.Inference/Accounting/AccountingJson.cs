using System.Text.Json.Serialization;

namespace Cs336.Inference;

/// <summary>Source-generated JSON of <see cref="ModelAccount"/>, so that it works trimmed and ahead-of-time compiled.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ModelAccount), GenerationMode = JsonSourceGenerationMode.Serialization)]
internal sealed partial class AccountingJson : JsonSerializerContext;
