using System.Text.Json.Serialization;

namespace Cs336.Inference;

/// <summary>How a model that was trained on short texts turns its pairs more slowly, to read longer ones.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RopeScalingKind>))]
public enum RopeScalingKind
{
    /// <summary>Every frequency is divided by the factor (position interpolation; Chen et al., 2023).</summary>
    [JsonStringEnumMemberName("linear")]
    Linear,

    /// <summary>
    /// Low frequencies are divided by the factor, high ones stay, and those between pass from one to the other (Llama 3.1; Dubey et al.,
    /// 2024).
    /// </summary>
    [JsonStringEnumMemberName("llama3")]
    Llama3,

    /// <summary>
    /// The same by the number of a pair, and queries and keys are multiplied by the attention factor (YaRN; Peng et al., 2023).
    /// </summary>
    [JsonStringEnumMemberName("yarn")]
    Yarn,
}
