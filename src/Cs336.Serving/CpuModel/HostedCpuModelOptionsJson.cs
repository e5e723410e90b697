using System.Text.Json.Serialization;
using Cs336.Inference;
using Cs336.Settings;

namespace Cs336.Serving;

/// <summary>The members of <see cref="HostedCpuModelOptions"/> for a configuration section, known without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true,
    Converters = [typeof(SnakeCaseEnumConverter<CpuPrecision>)])]
[JsonSerializable(typeof(HostedCpuModelOptions))]
internal sealed partial class HostedCpuModelOptionsJson : JsonSerializerContext;
