using System.Runtime.InteropServices;
using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// A decoder-only Transformer language model: embed the tokens, pass them through the blocks, normalise, and project to one
/// logit per token of the vocabulary. Differentiable for training, and an <see cref="ILanguageModel"/> for generation.
/// Parameters carry the names of Stanford's CS336, <c>layers.0.attn.q_proj.weight</c> and so on.
/// </summary>
public sealed class TransformerLM : TransformerModule, ILanguageModel
{
    private readonly Embedding _embeddings;
    private readonly RotaryEmbedding? _rope;
    private readonly TransformerBlock[] _blocks = [];
    private readonly RmsNorm? _finalNorm;
    private readonly Linear? _head;

    /// <summary>Makes a model with freshly drawn weights, which <see cref="TransformerConfig.InitSeed"/> determines.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="path">Which code computes what costs most time.</param>
    /// <param name="device">Where the model lives; null for the CPU.</param>
    /// <exception cref="ArgumentException">The configuration is not sound; the message lists every problem.</exception>
    /// <exception cref="InsufficientMemoryException">
    /// There is no memory for the parameters; the message tells how much they take.
    /// </exception>
    /// <exception cref="OverflowException">The model has 2⁶³ parameters or more.</exception>
    /// <exception cref="LibTorchNotFoundException">The app references no libtorch package; the message names the one to add.</exception>
    public TransformerLM(TransformerConfig config, ComputePath path = ComputePath.Fast, Device? device = null)
        : base(CheckBeforeNativeCode(config), device ?? CPU)
    {
        Config = config;
        Path = path;
        device ??= CPU;
        Int128 bytes = sizeof(float) * (Int128)ParameterCount.Of(config).Total;
        using Generator generator = new((ulong)config.InitSeed, CPU);
        try
        {
            register_module("token_embeddings", _embeddings = new Embedding(config.VocabSize, config.DModel, generator, device));
            if (config.Position == PositionEncoding.Rope)
                _rope = new RotaryEmbedding(config, device, path);
            _blocks = [.. Enumerable.Range(0, config.NumLayers)
                .Select(layer => new TransformerBlock(config, _rope, path, generator, device, layer))];
            register_module("layers", nn.ModuleList(_blocks).to(device));
            if (config.Norm != NormPlacement.None)
                register_module("ln_final", _finalNorm = new RmsNorm(config.DModel, config.Epsilon, device));
            if (!config.TiedEmbeddings)
                register_module("lm_head", _head = new Linear(config.DModel, config.VocabSize, generator, device, path));
        }
        catch (Exception exception) when (MemoryFailure.IsOne(exception))
        {
            Dispose();
            throw MemoryFailure.Of(
                $"the parameters of the model, which take {bytes} bytes in all", "choose a smaller d_model, num_layers, d_ff or vocab_size",
                exception);
        }
    }

    /// <summary>The model's shape.</summary>
    public TransformerConfig Config { get; }

    /// <summary>Which code computes what costs most time.</summary>
    public ComputePath Path { get; }

    /// <summary>Where the weights are.</summary>
    public Device Device => _embeddings.Weight.device;

    /// <summary>In which type matrices are multiplied, from the next pass on. Default <see cref="Precision.Float32"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such precision.</exception>
    public Precision Precision
    {
        get;
        set
        {
            if (!Enum.IsDefined(value)) throw new ArgumentOutOfRangeException(nameof(value), value, "There is no such precision.");
            field = value;
            foreach (TransformerBlock block in _blocks) block.Precision = value;
        }
    }

    /// <inheritdoc/>
    public int VocabSize => Config.VocabSize;

    /// <inheritdoc/>
    public int ContextLength => Config.ContextLength;

    /// <summary>
    /// The matrix that turns hidden states into logits, (vocab_size, d_model): <c>lm_head.weight</c>, or with tied embeddings theirs.
    /// </summary>
    public Tensor HeadWeight => _head?.Weight ?? _embeddings.Weight;

    /// <summary>The logits of the token that follows each position. Differentiable; call inside a dispose scope.</summary>
    /// <param name="tokenIds">Int64 ids on the model's device, (B, T) with T at most context_length.</param>
    /// <returns>Unnormalised log-probabilities, (B, T, vocab_size).</returns>
    /// <exception cref="ArgumentException">The input has another number of dimensions, or more positions than the context.</exception>
    public override Tensor forward(Tensor tokenIds) => Head(ForwardHidden(tokenIds));

    /// <summary>
    /// The hidden states after the final norm: times <see cref="HeadWeight"/>, and softly capped where the model does, they are the logits,
    /// which a loss may compute chunk by chunk. Differentiable; call inside a dispose scope.
    /// </summary>
    /// <param name="tokenIds">Int64 ids on the model's device, (B, T) with T at most context_length.</param>
    /// <returns>(B, T, d_model).</returns>
    /// <exception cref="ArgumentException">The input has another number of dimensions, or more positions than the context.</exception>
    public Tensor ForwardHidden(Tensor tokenIds)
    {
        CheckIds(tokenIds);
        Tensor x = Embed(tokenIds); // (B, T, d_model)
        return Normalize(ThroughBlocks(x, (layer, input) => Through(layer, input, tokenIds))); // (B, T, d_model)
    }

    /// <summary>
    /// As <see cref="ForwardHidden"/>, in stages that go backward one by one, so that the gradients of the last blocks are known while
    /// those of the first ones are still being computed. Call inside a dispose scope.
    /// </summary>
    /// <param name="tokenIds">Int64 ids on the model's device, (B, T) with T at most context_length.</param>
    /// <returns>The embeddings, each block, and the final norm, in the order of the forward pass.</returns>
    /// <exception cref="ArgumentException">The input has another number of dimensions, or more positions than the context.</exception>
    public IReadOnlyList<ForwardStage> ForwardStages(Tensor tokenIds)
    {
        CheckIds(tokenIds);
        // Tied embeddings are the head, too: their gradient is complete at the very end, as here.
        List<ForwardStage> stages = [new ForwardStage([], Embed(tokenIds), [_embeddings.Weight])];
        for (int layer = 0; layer < _blocks.Length; layer++)
        {
            using DisposeScope scope = NewDisposeScope();
            List<StageInput> inputs = [InputFrom(layer)]; // stage 0 are the embeddings
            Tensor x = inputs[0].Tensor;
            if (Config.SkipOf(layer) is int earlier)
            {
                inputs.Add(InputFrom(earlier + 1));
                x = _blocks[layer].AddSkip(x, inputs[1].Tensor);
            }
            stages.Add(new ForwardStage(inputs, Through(layer, x, tokenIds).MoveToOuterDisposeScope(), [.. _blocks[layer].parameters()]));
        }
        if (_finalNorm is not null)
        {
            using DisposeScope scope = NewDisposeScope();
            StageInput input = InputFrom(_blocks.Length);
            stages.Add(new ForwardStage(
                [input], _finalNorm.call(input.Tensor).MoveToOuterDisposeScope(), [.. _finalNorm.parameters()]));
        }
        return stages;

        StageInput InputFrom(int stage) => new(stages[stage].Output.detach().requires_grad_().MoveToOuterDisposeScope(), stage);
    }

    /// <inheritdoc/>
    public IKvCache CreateCache() => new TransformerCache(this, Config, Device);

    /// <inheritdoc/>
    public void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits)
    {
        this.CheckInputs(batch, logits);
        foreach (DecodingInput input in batch)
            if (input.Cache is not TransformerCache cache || cache.Owner != this)
                throw new ArgumentException("A cache of the batch was made by another model: make it with this model's CreateCache.");
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        MemoryMarshal.Cast<byte, float>(Continue(new NewTokens(batch)).cpu().bytes).CopyTo(logits);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _rope?.Dispose();
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

    /// <summary>
    /// The vectors after all blocks, one block after the other; a block with a skip connection is given an earlier one's output besides.
    /// </summary>
    /// <param name="x">The tokens' vectors, (B, T, d_model), which is the shape after each block too.</param>
    /// <param name="apply">A block, by its number, applied to its input.</param>
    private Tensor ThroughBlocks(Tensor x, Func<int, Tensor, Tensor> apply)
    {
        Tensor[] outputs = new Tensor[_blocks.Length];
        for (int layer = 0; layer < _blocks.Length; layer++)
        {
            // What a block makes on its way is released here, unless the backward pass needs it.
            using DisposeScope scope = NewDisposeScope();
            if (Config.SkipOf(layer) is int earlier) x = _blocks[layer].AddSkip(x, outputs[earlier]);
            outputs[layer] = x = apply(layer, x).MoveToOuterDisposeScope();
        }
        return x;
    }

    /// <summary>What a block makes of whole sequences.</summary>
    private Tensor Through(int layer, Tensor x, Tensor tokenIds) =>
        Config.HasValueEmbeddings(layer) ? _blocks[layer].ForwardTokens(x, tokenIds) : _blocks[layer].call(x);

    private void CheckIds(Tensor tokenIds)
    {
        ArgumentNullException.ThrowIfNull(tokenIds);
        if (tokenIds.dim() != 2)
            throw new ArgumentException($"The token ids have {tokenIds.dim()} dimensions; expected (batch, sequence).");
        if (tokenIds.size(1) > ContextLength)
            throw new ArgumentException($"The token ids have {tokenIds.size(1)} positions, but context_length is {ContextLength}.");
    }

    /// <summary>The logits after the last token of each sequence, (B, vocab_size).</summary>
    private Tensor Continue(NewTokens tokens)
    {
        Tensor tokenIds = tokens.Ids(Device); // (1, N): all sequences one after the other
        Tensor hidden = ThroughBlocks( // (1, N, d_model)
            Embed(tokenIds), (layer, x) => _blocks[layer].Continue(x, tokens.Segments(layer), tokenIds));
        // Only the last position of each sequence predicts a new token.
        return Head(Normalize(hidden.squeeze(0).index_select(0, tokens.Lasts(Device))));
    }

    /// <summary>The tokens' vectors, scaled where the model does: (B, T) to (B, T, d_model).</summary>
    private Tensor Embed(Tensor tokenIds)
    {
        Tensor vectors = _embeddings.call(tokenIds);
        if (Config.EmbeddingScale is not double factor) return vectors;
        using Scalar scale = factor;
        return vectors.mul(scale);
    }

    private Tensor Normalize(Tensor x) => _finalNorm is null ? x : _finalNorm.call(x);

    private Tensor Head(Tensor hidden)
    {
        ScalarType type = Precision.ToScalarType();
        hidden = hidden.to_type(type);
        Tensor logits = _head is null ? LinearMap.Compute(hidden, HeadWeight.to_type(type), Path) : _head.call(hidden);
        return LogitSoftCap.Apply(logits.to_type(float32), Config.LogitSoftCap);
    }
}
