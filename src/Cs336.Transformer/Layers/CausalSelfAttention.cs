using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// Causal multi-head self-attention (Vaswani et al., 2017, §3.2.2) with rotary positions: project to queries, keys and values,
/// attend in num_heads heads of d_model / num_heads each, join the heads, project back.
/// </summary>
public sealed class CausalSelfAttention : nn.Module<Tensor, Tensor>
{
    private readonly int _numHeads;
    private readonly RotaryEmbedding _rope;
    private readonly AttentionKernel _kernel;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Linear _output;

    /// <summary>Makes a layer with freshly drawn weights.</summary>
    /// <param name="dModel">Width of input and output.</param>
    /// <param name="numHeads">Number of heads; divides <paramref name="dModel"/>.</param>
    /// <param name="rope">The rotary tables, owned by the model.</param>
    /// <param name="kernel">Which code attends.</param>
    /// <param name="generator">Where the initial weights come from.</param>
    /// <param name="device">Where they go.</param>
    public CausalSelfAttention(int dModel, int numHeads, RotaryEmbedding rope, AttentionKernel kernel, Generator generator, Device device)
        : base(nameof(CausalSelfAttention))
    {
        _numHeads = numHeads;
        _rope = rope;
        _kernel = kernel;
        register_module("q_proj", _query = new Linear(dModel, dModel, generator, device));
        register_module("k_proj", _key = new Linear(dModel, dModel, generator, device));
        register_module("v_proj", _value = new Linear(dModel, dModel, generator, device));
        register_module("output_proj", _output = new Linear(dModel, dModel, generator, device));
    }

    /// <summary>Attends within whole sequences that start at position 0.</summary>
    /// <param name="input">(B, T, d_model).</param>
    /// <returns>(B, T, d_model).</returns>
    public override Tensor forward(Tensor input) => Forward(input, cache: null);

    /// <summary>Attends from the T positions of <paramref name="input"/> to themselves and to all that the cache holds before them.</summary>
    /// <param name="input">(B, T, d_model).</param>
    /// <param name="cache">Keys and values of earlier positions; those of the input are appended. Null for none.</param>
    /// <returns>(B, T, d_model).</returns>
    internal Tensor Forward(Tensor input, LayerCache? cache)
    {
        long start = cache?.Length ?? 0;
        Tensor queries = _rope.Rotate(SplitHeads(_query.forward(input)), start);
        Tensor keys = _rope.Rotate(SplitHeads(_key.forward(input)), start);
        Tensor values = SplitHeads(_value.forward(input));
        if (cache is not null) (keys, values) = cache.Append(keys, values);
        return _output.forward(JoinHeads(ScaledDotProductAttention.Attend(queries, keys, values, _kernel)));
    }

    /// <summary>(B, T, d_model) to (B, heads, T, head_size).</summary>
    private Tensor SplitHeads(Tensor x) => x.unflatten(2, [_numHeads, -1]).transpose(1, 2);

    /// <summary>(B, heads, T, head_size) to (B, T, d_model).</summary>
    private static Tensor JoinHeads(Tensor x) => x.transpose(1, 2).flatten(-2);
}
