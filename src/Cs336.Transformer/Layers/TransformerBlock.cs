using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// A pre-norm Transformer block: y = x + Attention(RMSNorm(x)), then z = y + FFN(RMSNorm(y)).
/// The residual stream passes through unnormalised, which keeps deep models trainable (Xiong et al., 2020).
/// </summary>
public sealed class TransformerBlock : nn.Module<Tensor, Tensor>
{
    private readonly RmsNorm _attentionNorm;
    private readonly CausalSelfAttention _attention;
    private readonly RmsNorm _feedForwardNorm;
    private readonly SwiGlu _feedForward;

    /// <summary>Makes a block with freshly drawn weights.</summary>
    /// <param name="dModel">Width of the residual stream.</param>
    /// <param name="numHeads">Number of attention heads.</param>
    /// <param name="dFf">Inner width of the feed-forward network.</param>
    /// <param name="rope">The rotary tables, owned by the model.</param>
    /// <param name="kernel">Which code attends.</param>
    /// <param name="generator">Where the initial weights come from.</param>
    /// <param name="device">Where they go.</param>
    public TransformerBlock(int dModel, int numHeads, int dFf, RotaryEmbedding rope, AttentionKernel kernel, Generator generator, Device device)
        : base(nameof(TransformerBlock))
    {
        register_module("ln1", _attentionNorm = new RmsNorm(dModel, device));
        register_module("attn", _attention = new CausalSelfAttention(dModel, numHeads, rope, kernel, generator, device));
        register_module("ln2", _feedForwardNorm = new RmsNorm(dModel, device));
        register_module("ffn", _feedForward = new SwiGlu(dModel, dFf, generator, device));
    }

    /// <summary>Applies the block to whole sequences that start at position 0.</summary>
    /// <param name="input">(B, T, d_model).</param>
    /// <returns>(B, T, d_model).</returns>
    public override Tensor forward(Tensor input) => Forward(input, cache: null);

    /// <summary>Applies the block to positions that follow those in the cache.</summary>
    internal Tensor Forward(Tensor input, LayerCache? cache)
    {
        Tensor attended = input + _attention.Forward(_attentionNorm.forward(input), cache);
        return attended + _feedForward.forward(_feedForwardNorm.forward(attended));
    }
}
