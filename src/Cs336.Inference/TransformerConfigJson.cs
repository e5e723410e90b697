using System.Text.Json.Serialization;

namespace Cs336.Inference;

/// <summary>Source-generated JSON of <see cref="TransformerConfig"/>, so that it works trimmed and ahead-of-time compiled.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(TransformerConfig))]
internal sealed partial class TransformerConfigJson : JsonSerializerContext;
