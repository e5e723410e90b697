using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// The gated feed-forward network of Shazeer (2020): FFN(x) = W₂ (SiLU(W₁ x) ⊙ W₃ x) with SiLU(z) = z · σ(z).
/// W₁ and W₃ map d_model to d_ff, W₂ maps back.
/// </summary>
public sealed class SwiGlu : TransformerModule
{
    private readonly Linear _w1;
    private readonly Linear _w2;
    private readonly Linear _w3;
    private readonly LayerOperations _operations;

    /// <summary>Makes a network with freshly drawn weights.</summary>
    /// <param name="dModel">Width of input and output.</param>
    /// <param name="dFf">d_ff, the width between the two maps.</param>
    /// <param name="generator">Where the initial weights come from; null for torch's own, which <c>torch.manual_seed</c> sets.</param>
    /// <param name="device">Where they go; null for the CPU.</param>
    /// <param name="path">Which code computes it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public SwiGlu(long dModel, long dFf, Generator? generator = null, Device? device = null, ComputePath path = ComputePath.Fast)
        : base(nameof(SwiGlu), device ??= CPU)
    {
        Shapes.CheckSize(dModel, nameof(SwiGlu), "d_model");
        Shapes.CheckSize(dFf, nameof(SwiGlu), "d_ff");
        _operations = LayerOperations.Of(path);
        register_module("w1", _w1 = new Linear(dModel, dFf, generator, device, path));
        register_module("w2", _w2 = new Linear(dFf, dModel, generator, device, path));
        register_module("w3", _w3 = new Linear(dModel, dFf, generator, device, path));
    }

    /// <summary>Applies the network to every position by itself.</summary>
    /// <param name="input">(..., d_model).</param>
    /// <returns>(..., d_model).</returns>
    public override Tensor forward(Tensor input)
    {
        Tensor gate = _w1.call(input), inner = _w3.call(input); // (..., d_ff) each
        return _w2.call(_operations.Silu(gate) * inner); // (..., d_model)
    }
}
