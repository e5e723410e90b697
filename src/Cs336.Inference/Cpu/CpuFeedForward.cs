namespace Cs336.Inference;

/// <summary>x + FFN(x) for the tokens of a pass, normalised before, after or not at all.</summary>
internal sealed unsafe class CpuFeedForward
{
    private readonly CpuPass _pass;
    private readonly Activations _inner; // SiLU(W₁ x), times the gate where there is one, or ReLU(W₁ x)², (tokens, d_ff)
    private readonly Activations? _gate; // W₃ x, (tokens, d_ff)
    private readonly ChunkJob _activate, _quantizeInner, _addOutput;
    private CpuLayer _layer;

    /// <summary>The sublayer of all layers, one after the other.</summary>
    /// <param name="pass">The tokens that go through it, and what computes.</param>
    /// <param name="first">The model's first layer.</param>
    public CpuFeedForward(CpuPass pass, CpuLayer first)
    {
        (_pass, _layer) = (pass, first);
        TransformerConfig config = pass.Config;
        _inner = new Activations(CpuPass.MaxTokens, config.DFf, pass.IsQuantized, pass.Block);
        if (config.FeedForward == FeedForwardKind.SwiGlu)
            _gate = new Activations(CpuPass.MaxTokens, config.DFf, quantized: false);
        // Made once, because a new delegate for each job would be garbage for each token.
        (_activate, _quantizeInner, _addOutput) = (Activate, QuantizeInner, AddOutput);
    }

    /// <summary>Adds a layer's output to the residual stream.</summary>
    public void Run(CpuLayer layer)
    {
        _layer = layer;
        _pass.Prepare(layer.FeedForwardNorm);
        _pass.RunRows(_pass.Config.DFf, layer.W1, _activate);
        _pass.RunQuantization(_quantizeInner);
        _pass.RunRows(_pass.Config.DModel, layer.W2, _addOutput);
        _pass.Finish(layer.FeedForwardNorm);
    }

    /// <summary>SiLU(W₁ x), times W₃ x where there is a gate, or ReLU(W₁ x)².</summary>
    private void Activate(int worker, int begin, int end)
    {
        (Kernels kernels, int count) = (_pass.Kernels, _pass.Count);
        kernels.Multiply(_layer.W1, begin, end, _pass.Input, count, _inner, add: false);
        if (_gate is not null) kernels.Multiply(_layer.W3!, begin, end, _pass.Input, count, _gate, add: false);
        for (int i = 0; i < count; i++)
        {
            float* inner = _inner.Row(i) + begin;
            if (_pass.Config.FeedForward == FeedForwardKind.Relu2) kernels.SquareRelu(inner, end - begin);
            else kernels.Silu(inner, _gate is null ? null : _gate.Row(i) + begin, end - begin);
        }
    }

    private void QuantizeInner(int worker, int begin, int end)
    {
        for (int i = begin; i < end; i++) _inner.Quantize(i);
    }

    private void AddOutput(int worker, int begin, int end) =>
        _pass.Kernels.Multiply(_layer.W2, begin, end, _inner, _pass.Count, _pass.Stream, add: true);
}
