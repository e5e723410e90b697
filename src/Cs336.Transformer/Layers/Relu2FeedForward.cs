using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// The feed-forward network of Primer (So et al., 2021): FFN(x) = W₂ ReLU(W₁ x)² with ReLU(z) = max(z, 0), squared element by element and
/// without a gate. W₁ maps d_model to d_ff, W₂ maps back; d_ff = 4 · d_model has as many parameters as <see cref="SwiGlu"/> of 8/3 of it.
/// </summary>
public sealed class Relu2FeedForward : TransformerModule
{
    private readonly Linear _w1;
    private readonly Linear _w2;

    /// <summary>Makes a network with freshly drawn weights.</summary>
    /// <param name="dModel">Width of input and output.</param>
    /// <param name="dFf">d_ff, the width between the two maps.</param>
    /// <param name="generator">Where the initial weights come from; null for torch's own, which <c>torch.manual_seed</c> sets.</param>
    /// <param name="device">Where they go; null for the CPU.</param>
    /// <param name="path">Which code multiplies.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public Relu2FeedForward(long dModel, long dFf, Generator? generator = null, Device? device = null, ComputePath path = ComputePath.Fast)
        : base(nameof(Relu2FeedForward), device ??= CPU)
    {
        Shapes.CheckSize(dModel, nameof(Relu2FeedForward), "d_model");
        Shapes.CheckSize(dFf, nameof(Relu2FeedForward), "d_ff");
        register_module("w1", _w1 = new Linear(dModel, dFf, generator, device, path));
        register_module("w2", _w2 = new Linear(dFf, dModel, generator, device, path));
    }

    /// <summary>Applies the network to every position by itself.</summary>
    /// <param name="input">(..., d_model).</param>
    /// <returns>(..., d_model).</returns>
    public override Tensor forward(Tensor input)
    {
        Tensor inner = _w1.call(input).relu(); // (..., d_ff)
        return _w2.call(inner.mul(inner)); // (..., d_model)
    }
}
