using Cs336.Inference;

namespace Cs336.Transformer;

/// <summary>Configurations of layers that are made by themselves: what only a whole model has is as small as can be.</summary>
internal static class LayerConfig
{
    /// <summary>That of an attention layer.</summary>
    /// <exception cref="ArgumentException">The numbers do not fit together; the message lists every problem.</exception>
    public static TransformerConfig OfAttention(int dModel, int numHeads, int? numKvHeads, RotaryEmbedding? rope) =>
        OfBlock(dModel, numHeads, numKvHeads, dFf: 1, NormPlacement.Pre, FeedForwardKind.SwiGlu, epsilon: 1e-5, rope);

    /// <summary>That of a block.</summary>
    /// <exception cref="ArgumentException">The numbers do not fit together; the message lists every problem.</exception>
    public static TransformerConfig OfBlock(
        int dModel, int numHeads, int? numKvHeads, int dFf, NormPlacement norm, FeedForwardKind feedForward, double epsilon,
        RotaryEmbedding? rope)
    {
        TransformerConfig config = new()
        {
            VocabSize = 1,
            ContextLength = 1,
            NumLayers = 1,
            DModel = dModel,
            NumHeads = numHeads,
            NumKvHeads = numKvHeads,
            DFf = dFf,
            Norm = norm,
            FeedForward = feedForward,
            Epsilon = epsilon,
            Position = rope is null ? PositionEncoding.None : PositionEncoding.Rope,
        };
        config.Validate();
        return rope is null || rope.HeadSize == config.HeadSize
            ? config
            : throw new ArgumentException(
                $"The rotary embedding is for heads of {rope.HeadSize}, but d_model {dModel} in {numHeads} heads makes heads of "
                + $"{config.HeadSize}.");
    }
}
