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
    private readonly SkipConnection? _skip;

    /// <summary>Makes a block with freshly drawn weights.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="rope">The rotary tables, owned by the model; null where the model has no positions.</param>
    /// <param name="path">Which code computes it.</param>
    /// <param name="generator">Where the initial weights come from; null for torch's own, which <c>torch.manual_seed</c> sets.</param>
    /// <param name="device">Where they go; null for the CPU.</param>
    /// <param name="layer">The block's number, from 0, by which it has a window or none.</param>
    public TransformerBlock(
        TransformerConfig config, RotaryEmbedding? rope, ComputePath path, Generator? generator, Device? device, int layer = 0)
        : base(nameof(TransformerBlock), device ??= CPU)
    {
        ArgumentNullException.ThrowIfNull(config);
        _norm = config.Norm;
        if (_norm != NormPlacement.None) register_module("ln1", _attentionNorm = new RmsNorm(config.DModel, config.Epsilon, device));
        register_module("attn", _attention = new CausalSelfAttention(config, rope, path, generator, device, layer));
        if (_norm != NormPlacement.None) register_module("ln2", _feedForwardNorm = new RmsNorm(config.DModel, config.Epsilon, device));
        register_module("ffn", _feedForward = config.FeedForward switch
        {
            FeedForwardKind.Silu => new SiluFeedForward(config.DModel, config.DFf, generator, device, path),
            FeedForwardKind.Relu2 => new Relu2FeedForward(config.DModel, config.DFf, generator, device, path),
            _ => new SwiGlu(config.DModel, config.DFf, generator, device, path),
        });
        if (config.SkipOf(layer) is not null) register_module("skip", _skip = new SkipConnection(device ?? CPU));
        if (config.ZeroInitOutputs) Initialization.Clear(_feedForward.get_parameter("w2.weight")!);
    }

    /// <summary>Makes a block with freshly drawn weights from the few numbers that it needs.</summary>
    /// <param name="dModel">Width of the residual stream.</param>
    /// <param name="numHeads">Number of query heads; divides d_model.</param>
    /// <param name="dFf">Inner width of the feed-forward network.</param>
    /// <param name="rope">The rotary tables, for heads of d_model / num_heads; they stay the caller's. Null for no positions.</param>
    /// <param name="numKvHeads">Number of key and value heads; divides num_heads. Null for as many.</param>
    /// <param name="norm">Where it normalises.</param>
    /// <param name="feedForward">Which feed-forward network it has.</param>
    /// <param name="epsilon">ε of its norms.</param>
    /// <param name="generator">Where the initial weights come from; null for torch's own, which <c>torch.manual_seed</c> sets.</param>
    /// <param name="device">Where they go; null for the CPU.</param>
    /// <param name="path">Which code computes it.</param>
    /// <exception cref="ArgumentException">The numbers do not fit together; the message lists every problem.</exception>
    public TransformerBlock(
        int dModel, int numHeads, int dFf, RotaryEmbedding? rope = null, int? numKvHeads = null, NormPlacement norm = NormPlacement.Pre,
        FeedForwardKind feedForward = FeedForwardKind.SwiGlu, double epsilon = 1e-5, Generator? generator = null, Device? device = null,
        ComputePath path = ComputePath.Fast)
        : this(LayerConfig.OfBlock(dModel, numHeads, numKvHeads, dFf, norm, feedForward, epsilon, rope), rope, path, generator, device)
    {
    }

    /// <summary>The type in which the sublayers multiply matrices; the residual stream and the norms stay float32.</summary>
    internal Precision Precision
    {
        set => _factorType = value.ToScalarType();
    }

    /// <summary>Applies the block to whole sequences that start at position 0.</summary>
    /// <param name="input">(..., T, d_model), any leading dimensions.</param>
    /// <returns>(..., T, d_model).</returns>
    public override Tensor forward(Tensor input) => Apply(input, _attention.call);

    /// <summary>Applies the block to whole sequences whose tokens stand at positions that are given.</summary>
    /// <param name="input">(..., T, d_model), any leading dimensions.</param>
    /// <param name="positions">Int64, (..., T), of which leading dimensions may be left out or be 1.</param>
    /// <returns>(..., T, d_model).</returns>
    /// <exception cref="ArgumentException">
    /// The last dimension is another, the positions do not fit it or the context, or the block has no positions.
    /// </exception>
    public Tensor forward(Tensor input, Tensor positions) => Apply(input, x => _attention.forward(x, positions));

    /// <summary>The block's input with what it sees of an earlier block's output, where it has a skip connection: x + λ s.</summary>
    /// <param name="input">x, (..., d_model).</param>
    /// <param name="earlier">s, of the same shape.</param>
    internal Tensor AddSkip(Tensor input, Tensor earlier) => Sum(input, _skip!.call(earlier));

    /// <summary>Applies the block to whole sequences that start at position 0, where it needs to know their tokens.</summary>
    /// <param name="input">(B, T, d_model).</param>
    /// <param name="tokenIds">Int64, (B, T).</param>
    /// <returns>(B, T, d_model).</returns>
    internal Tensor ForwardTokens(Tensor input, Tensor tokenIds) => Apply(input, x => _attention.ForwardTokens(x, tokenIds));

    /// <summary>Applies the block to the new tokens of several sequences, one after the other.</summary>
    /// <param name="input">(1, N, d_model), N new tokens in all.</param>
    /// <param name="segments">The sequences that the new tokens continue.</param>
    /// <param name="tokenIds">The new tokens, int64, (1, N).</param>
    /// <returns>(1, N, d_model).</returns>
    internal Tensor Continue(Tensor input, IReadOnlyList<LayerSegment> segments, Tensor tokenIds) =>
        Apply(input, x => _attention.Continue(x, segments, tokenIds));

    private Tensor Apply(Tensor x, Func<Tensor, Tensor> attend)
    {
        Tensor y = AddTo(x, attend, _attentionNorm); // (..., T, d_model)
        return AddTo(y, _feedForward.call, _feedForwardNorm); // (..., T, d_model)
    }

    private Tensor AddTo(Tensor x, Func<Tensor, Tensor> sublayer, RmsNorm? norm) => _norm switch
    {
        NormPlacement.Pre => Sum(x, sublayer(norm!.call(x).to_type(_factorType))),
        NormPlacement.Post => norm!.call(Sum(x, sublayer(x.to_type(_factorType)))),
        _ => Sum(x, sublayer(x.to_type(_factorType))),
    };

    private static Tensor Sum(Tensor x, Tensor y) => x.add(y, alpha: Scalars.One);
}
