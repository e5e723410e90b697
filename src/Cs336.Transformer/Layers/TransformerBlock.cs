using Cs336.Inference;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// A Transformer block: attention, then a feed-forward network, each added to the residual stream. Pre-norm:
/// y = x + Attention(RMSNorm(x)), z = y + FFN(RMSNorm(y)); the stream passes through unnormalised, which keeps deep models
/// trainable (Xiong et al., 2020). Post-norm: y = RMSNorm(x + Attention(x)), z = RMSNorm(y + FFN(y)) (Vaswani et al., 2017).
/// </summary>
public sealed class TransformerBlock : TransformerModule
{
    private readonly NormPlacement _norm;
    private ScalarType _factorType = ScalarType.Float32;
    private readonly RmsNorm? _attentionNorm;
    private readonly CausalSelfAttention _attention;
    private readonly RmsNorm? _feedForwardNorm;
    private readonly TransformerModule _feedForward;

    /// <summary>Makes a block with freshly drawn weights.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="rope">The rotary tables, owned by the model; null where the model has no positions.</param>
    /// <param name="path">Which code computes it.</param>
    /// <param name="generator">Where the initial weights come from.</param>
    /// <param name="device">Where they go.</param>
    public TransformerBlock(TransformerConfig config, RotaryEmbedding? rope, ComputePath path, Generator generator, Device device)
        : base(nameof(TransformerBlock), device)
    {
        ArgumentNullException.ThrowIfNull(config);
        _norm = config.Norm;
        if (_norm != NormPlacement.None) register_module("ln1", _attentionNorm = new RmsNorm(config.DModel, config.Epsilon, device));
        register_module("attn", _attention = new CausalSelfAttention(config, rope, path, generator, device));
        if (_norm != NormPlacement.None) register_module("ln2", _feedForwardNorm = new RmsNorm(config.DModel, config.Epsilon, device));
        _feedForward = config.FeedForward == FeedForwardKind.Silu
            ? new SiluFeedForward(config.DModel, config.DFf, generator, device, path)
            : new SwiGlu(config.DModel, config.DFf, generator, device, path);
        register_module("ffn", _feedForward);
    }

    /// <summary>The type in which the sublayers multiply matrices; the residual stream and the norms stay float32.</summary>
    internal Precision Precision
    {
        set => _factorType = value.ToScalarType();
    }

    /// <summary>Applies the block to whole sequences that start at position 0.</summary>
    /// <param name="input">(B, T, d_model).</param>
    /// <returns>(B, T, d_model).</returns>
    public override Tensor forward(Tensor input) => Apply(input, _attention.call);

    /// <summary>Applies the block to the new tokens of several sequences, one after the other.</summary>
    /// <param name="input">(1, N, d_model), N new tokens in all.</param>
    /// <param name="segments">The sequences that the new tokens continue.</param>
    /// <returns>(1, N, d_model).</returns>
    internal Tensor Continue(Tensor input, IReadOnlyList<LayerSegment> segments) => Apply(input, x => _attention.Continue(x, segments));

    private Tensor Apply(Tensor x, Func<Tensor, Tensor> attend)
    {
        Tensor y = AddTo(x, attend, _attentionNorm); // (B, T, d_model)
        return AddTo(y, _feedForward.call, _feedForwardNorm); // (B, T, d_model)
    }

    private Tensor AddTo(Tensor x, Func<Tensor, Tensor> sublayer, RmsNorm? norm) => _norm switch
    {
        NormPlacement.Pre => Sum(x, sublayer(norm!.call(x).to_type(_factorType))),
        NormPlacement.Post => norm!.call(Sum(x, sublayer(x.to_type(_factorType)))),
        _ => Sum(x, sublayer(x.to_type(_factorType))),
    };

    private static Tensor Sum(Tensor x, Tensor y) => x.add(y, alpha: Scalars.One);
}
