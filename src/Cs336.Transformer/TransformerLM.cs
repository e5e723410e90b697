using System.Runtime.InteropServices;
using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// A decoder-only Transformer language model: embed the tokens, pass them through the blocks, normalise, and project to one
/// logit a token of the vocabulary. Differentiable for training, and an <see cref="ILanguageModel"/> for generation.
/// Parameters carry the names of Stanford's CS336, <c>layers.0.attn.q_proj.weight</c> and so on.
/// </summary>
public sealed class TransformerLM : nn.Module<Tensor, Tensor>, ILanguageModel
{
    private readonly Device _device;
    private readonly Embedding _embeddings;
    private readonly RotaryEmbedding _rope;
    private readonly TransformerBlock[] _blocks;
    private readonly RmsNorm _finalNorm;
    private readonly Linear _head;

    /// <summary>Makes a model with freshly drawn weights.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="seed">Determines the initial weights; the same on every device.</param>
    /// <param name="attention">Which code computes attention.</param>
    /// <param name="device">Where the model lives; null for the CPU.</param>
    /// <exception cref="ArgumentException">The configuration is not sound; the message lists every problem.</exception>
    /// <exception cref="LibTorchNotFoundException">The app references no libtorch package; the message names the one to add.</exception>
    public TransformerLM(TransformerConfig config, long seed = 0, AttentionKernel attention = AttentionKernel.Fused, Device? device = null)
        : base(CheckBeforeNativeCode(config))
    {
        Config = config;
        _device = device ?? CPU;
        using Generator generator = new((ulong)seed, CPU);
        register_module("token_embeddings", _embeddings = new Embedding(config.VocabSize, config.DModel, generator, _device));
        _rope = new RotaryEmbedding(config.RopeTheta, config.HeadSize, config.ContextLength, _device);
        _blocks = [.. Enumerable.Range(0, config.NumLayers).Select(_ =>
            new TransformerBlock(config.DModel, config.NumHeads, config.DFf, _rope, attention, generator, _device))];
        register_module("layers", nn.ModuleList(_blocks));
        register_module("ln_final", _finalNorm = new RmsNorm(config.DModel, _device));
        register_module("lm_head", _head = new Linear(config.DModel, config.VocabSize, generator, _device));
    }

    /// <summary>The model's shape.</summary>
    public TransformerConfig Config { get; }

    /// <inheritdoc/>
    public int VocabSize => Config.VocabSize;

    /// <inheritdoc/>
    public int ContextLength => Config.ContextLength;

    /// <summary>The logits of the token that follows each position. Differentiable; call inside a dispose scope.</summary>
    /// <param name="tokenIds">Int64 ids on the model's device, (B, T) with T at most context_length.</param>
    /// <returns>Unnormalised log-probabilities, (B, T, vocab_size).</returns>
    /// <exception cref="ArgumentException">The input has another number of dimensions, or more positions than the context.</exception>
    public override Tensor forward(Tensor tokenIds)
    {
        ArgumentNullException.ThrowIfNull(tokenIds);
        if (tokenIds.dim() != 2) throw new ArgumentException($"The token ids have {tokenIds.dim()} dimensions; expected (batch, sequence).");
        if (tokenIds.size(1) > ContextLength) throw new ArgumentException($"The token ids have {tokenIds.size(1)} positions, but context_length is {ContextLength}.");
        Tensor x = _embeddings.forward(tokenIds);
        foreach (TransformerBlock block in _blocks) x = block.forward(x);
        return _head.forward(_finalNorm.forward(x));
    }

    /// <inheritdoc/>
    public IKvCache CreateCache() => new TransformerCache(this, _device);

    /// <inheritdoc/>
    public void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits)
    {
        this.CheckInputs(batch, logits);
        foreach (DecodingInput input in batch)
            if (input.Cache is not TransformerCache cache || cache.Owner != this)
                throw new ArgumentException("A cache of the batch was made by another model: make it with this model's CreateCache.");
        using IDisposable noGradients = no_grad();
        for (int i = 0; i < batch.Length; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            Decode((TransformerCache)batch[i].Cache, batch[i].Tokens).CopyTo(logits.Slice(i * VocabSize, VocabSize));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _rope.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The base constructor calls into libtorch, so what can go wrong before that has to be found on the way there.</summary>
    private static string CheckBeforeNativeCode(TransformerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        LibTorch.EnsureLoaded();
        return nameof(TransformerLM);
    }

    private ReadOnlySpan<float> Decode(TransformerCache cache, ReadOnlyMemory<int> tokens)
    {
        long[] ids = new long[tokens.Length];
        for (int i = 0; i < ids.Length; i++) ids[i] = tokens.Span[i];
        Tensor x = _embeddings.forward(tensor(ids, [1, ids.Length], device: _device)); // (1, T, d_model)
        for (int layer = 0; layer < _blocks.Length; layer++) x = _blocks[layer].Forward(x, cache[layer]);
        Tensor last = x.narrow(1, ids.Length - 1, 1); // only the last position predicts a new token
        return MemoryMarshal.Cast<byte, float>(_head.forward(_finalNorm.forward(last)).cpu().bytes);
    }
}
