using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// A second embedding of the tokens, which goes into a layer's values: v ← v + 2σ(W_g x) ⊙ e[token], where the gate is a number for each
/// head and depends on what attention is given (value residual learning, Zhou et al., 2024, as modded-nanogpt and nanochat have it). It
/// begins at 1, since W_g begins at 0. The layers are the attention's own, as <c>value_embeddings</c> and <c>value_gate</c>.
/// </summary>
internal sealed class ValueEmbedding
{
    /// <summary>Makes one with freshly drawn vectors.</summary>
    public ValueEmbedding(TransformerConfig config, Generator? generator, Device device, ComputePath path)
    {
        Vectors = new Embedding(config.VocabSize, (long)config.KeyValueHeads * config.HeadSize, generator, device);
        Gate = new Linear(config.DModel, config.KeyValueHeads, generator, device, path);
        Initialization.Clear(Gate.Weight);
    }

    /// <summary>e, (vocab_size, num_kv_heads · head_size).</summary>
    public Embedding Vectors { get; }

    /// <summary>W_g, (num_kv_heads, d_model).</summary>
    public Linear Gate { get; }

    /// <summary>The values with the tokens' own.</summary>
    /// <param name="values">v, (B, num_kv_heads, T, head_size).</param>
    /// <param name="input">x, (B, T, d_model).</param>
    /// <param name="tokenIds">Int64, (B, T).</param>
    /// <returns>(B, num_kv_heads, T, head_size) of the values' type.</returns>
    /// <exception cref="ArgumentException">There are no tokens: the layer was called by itself.</exception>
    public Tensor AddTo(Tensor values, Tensor input, Tensor? tokenIds)
    {
        if (tokenIds is null)
            throw new ArgumentException(
                "CausalSelfAttention has value embeddings, which are the tokens': only a whole TransformerLM can call it.");
        using Scalar two = 2;
        Tensor gates = Gate.call(input).sigmoid().mul(two).transpose(1, 2).unsqueeze(-1); // (B, num_kv_heads, T, 1)
        Tensor vectors = Vectors.call(tokenIds).unflatten(2, [values.size(1), values.size(3)]).transpose(1, 2); // as the values
        return values.add(gates * vectors.to_type(values.dtype), alpha: Scalars.One);
    }
}
