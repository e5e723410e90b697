using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// A linear map without bias: y = x Wᵀ, (..., in_features) to (..., out_features).
/// Its one parameter, <c>weight</c>, has shape (out_features, in_features).
/// </summary>
public sealed class Linear : TransformerModule
{
    private readonly LayerOperations _operations;

    /// <summary>Makes a layer with freshly drawn weights.</summary>
    /// <param name="inFeatures">Size of the input's last dimension.</param>
    /// <param name="outFeatures">Size of the output's last dimension.</param>
    /// <param name="generator">Where the initial weights come from; null for torch's own, which <c>torch.manual_seed</c> sets.</param>
    /// <param name="device">Where they go; null for the CPU.</param>
    /// <param name="path">Which code multiplies.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public Linear(
        long inFeatures, long outFeatures, Generator? generator = null, Device? device = null, ComputePath path = ComputePath.Fast)
        : base(nameof(Linear), device ??= CPU)
    {
        Shapes.CheckSize(inFeatures, nameof(Linear), "in_features");
        Shapes.CheckSize(outFeatures, nameof(Linear), "out_features");
        _operations = LayerOperations.Of(path);
        register_parameter("weight", Initialization.LinearWeight(inFeatures, outFeatures, generator, device));
    }

    /// <summary>W, (out_features, in_features).</summary>
    internal Parameter Weight => get_parameter("weight")!;

    /// <summary>y = x Wᵀ, computed in the input's type: W, always float32, is rounded to it.</summary>
    /// <param name="input">(..., in_features).</param>
    /// <returns>(..., out_features) of the input's type.</returns>
    /// <exception cref="ArgumentException">The last dimension is another.</exception>
    public override Tensor forward(Tensor input) => LinearMap.Compute(input, Weight.to_type(input.dtype), _operations);
}
