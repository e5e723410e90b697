using System.Text.Json.Serialization;

namespace Cs336.Inference;

/// <summary>Where a Transformer block normalises.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NormPlacement>))]
public enum NormPlacement
{
    /// <summary>
    /// Before each sublayer, so that the residual stream passes through unnormalised: x + F(RMSNorm(x)) (Xiong et al., 2020). And once
    /// before the head.
    /// </summary>
    [JsonStringEnumMemberName("pre")]
    Pre,

    /// <summary>
    /// After each residual sum, as in the first Transformer: RMSNorm(x + F(x)) (Vaswani et al., 2017). And once more before the head.
    /// </summary>
    [JsonStringEnumMemberName("post")]
    Post,

    /// <summary>Nowhere, not even before the head: the ablation that shows what the norm is for.</summary>
    [JsonStringEnumMemberName("none")]
    None,
}
