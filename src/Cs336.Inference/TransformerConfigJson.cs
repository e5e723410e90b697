using System.Text.Json.Serialization;
using Cs336.Settings;

namespace Cs336.Inference;

/// <summary>Source-generated JSON of <see cref="TransformerConfig"/>, so that it works trimmed and ahead-of-time compiled.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    // Refuse numbers, as the enumerations' own converter does not, which is one that the contexts of other assemblies can use.
    Converters =
    [
        typeof(SnakeCaseEnumConverter<FeedForwardKind>), typeof(SnakeCaseEnumConverter<NormPlacement>),
        typeof(SnakeCaseEnumConverter<PositionEncoding>), typeof(SnakeCaseEnumConverter<RopeScalingKind>),
    ])]
[JsonSerializable(typeof(TransformerConfig))]
internal sealed partial class TransformerConfigJson : JsonSerializerContext;
