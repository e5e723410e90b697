using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// The feed-forward network without a gate: FFN(x) = W₂ SiLU(W₁ x) with SiLU(z) = z · σ(z). W₁ maps d_model to d_ff, W₂ maps
/// back. What <see cref="SwiGlu"/> is compared with; d_ff = 4 · d_model gives both as many parameters.
/// </summary>
public sealed class SiluFeedForward : TransformerModule
{
    private readonly Linear _w1;
    private readonly Linear _w2;
    private readonly LayerOperations _operations;

    /// <summary>Makes a network with freshly drawn weights.</summary>
    /// <param name="dModel">Width of input and output.</param>
    /// <param name="dFf">d_ff, the width between the two maps.</param>
    /// <param name="generator">Where the initial weights come from; null for torch's own, which <c>torch.manual_seed</c> sets.</param>
    /// <param name="device">Where they go; null for the CPU.</param>
    /// <param name="path">Which code computes it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public SiluFeedForward(long dModel, long dFf, Generator? generator = null, Device? device = null, ComputePath path = ComputePath.Fast)
        : base(nameof(SiluFeedForward), device ??= CPU)
    {
        Shapes.CheckSize(dModel, nameof(SiluFeedForward), "d_model");
        Shapes.CheckSize(dFf, nameof(SiluFeedForward), "d_ff");
        _operations = LayerOperations.Of(path);
        register_module("w1", _w1 = new Linear(dModel, dFf, generator, device, path));
        register_module("w2", _w2 = new Linear(dFf, dModel, generator, device, path));
    }

    /// <summary>Applies the network to every position by itself.</summary>
    /// <param name="input">(..., d_model).</param>
    /// <returns>(..., d_model).</returns>
    public override Tensor forward(Tensor input)
    {
        Tensor inner = _w1.call(input); // (..., d_ff)
        return _w2.call(_operations.Silu(inner)); // (..., d_model)
    }
}
