using System.Text.Json.Serialization;

namespace Cs336.Inference;

/// <summary>How a Transformer learns where a token stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PositionEncoding>))]
public enum PositionEncoding
{
    /// <summary>Rotary embedding of queries and keys (Su et al., 2021).</summary>
    [JsonStringEnumMemberName("rope")]
    Rope,

    /// <summary>Not at all: the causal mask alone breaks the symmetry (NoPE; Kazemnejad et al., 2023).</summary>
    [JsonStringEnumMemberName("none")]
    None,
}
