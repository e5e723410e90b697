using System.Text.Json.Serialization;

namespace Cs336.Inference;

/// <summary>Which feed-forward network a Transformer block has.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FeedForwardKind>))]
public enum FeedForwardKind
{
    /// <summary>W₂ (SiLU(W₁ x) ⊙ W₃ x), three matrices (Shazeer, 2020).</summary>
    [JsonStringEnumMemberName("swiglu")]
    SwiGlu,

    /// <summary>W₂ SiLU(W₁ x), two matrices; d_ff = 4 · d_model has as many parameters as SwiGLU with 8/3 · d_model.</summary>
    [JsonStringEnumMemberName("silu")]
    Silu,

    /// <summary>
    /// W₂ ReLU(W₁ x)², two matrices as with SiLU, and nothing to exponentiate (ReLU²; Primer, So et al., 2021).
    /// </summary>
    [JsonStringEnumMemberName("relu2")]
    Relu2,
}
