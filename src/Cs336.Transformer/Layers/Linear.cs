using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// A linear map: y = x Wᵀ, (..., in_features) to (..., out_features); with a bias y = x Wᵀ + b.
/// Its parameters are <c>weight</c>, (out_features, in_features), and where there is one <c>bias</c>, (out_features).
/// </summary>
public sealed class Linear : TransformerModule
{
    private readonly LayerOperations _operations;
    private readonly bool _hasBias;

    /// <summary>Makes a layer with freshly drawn weights.</summary>
    /// <param name="inFeatures">Size of the input's last dimension.</param>
    /// <param name="outFeatures">Size of the output's last dimension.</param>
    /// <param name="generator">Where the initial weights come from; null for torch's own, which <c>torch.manual_seed</c> sets.</param>
    /// <param name="device">Where they go; null for the CPU.</param>
    /// <param name="path">Which code multiplies.</param>
    /// <param name="hasBias">Whether there is a bias, which is 0 at first.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public Linear(
        long inFeatures, long outFeatures, Generator? generator = null, Device? device = null, ComputePath path = ComputePath.Fast,
        bool hasBias = false)
        : base(nameof(Linear), device ??= CPU)
    {
        Shapes.CheckSize(inFeatures, nameof(Linear), "in_features");
        Shapes.CheckSize(outFeatures, nameof(Linear), "out_features");
        _operations = LayerOperations.Of(path);
        register_parameter("weight", Initialization.LinearWeight(inFeatures, outFeatures, generator, device));
        if (hasBias) register_parameter("bias", Initialization.Zeros(outFeatures, device));
        _hasBias = hasBias;
    }

    /// <summary>W, (out_features, in_features).</summary>
    internal Parameter Weight => get_parameter("weight")!;

    /// <summary>y = x Wᵀ + b, computed in the input's type: W and b, always float32, are rounded to it.</summary>
    /// <param name="input">(..., in_features).</param>
    /// <returns>(..., out_features) of the input's type.</returns>
    /// <exception cref="ArgumentException">The last dimension is another.</exception>
    public override Tensor forward(Tensor input)
    {
        Tensor product = LinearMap.Compute(input, Weight.to_type(input.dtype), _operations);
        return _hasBias ? product.add(get_parameter("bias")!.to_type(input.dtype), alpha: Scalars.One) : product;
    }
}
