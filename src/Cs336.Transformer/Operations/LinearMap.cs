using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>A linear map by a matrix that is given, y = x Wᵀ; <see cref="Linear"/> is the layer that has one of its own.</summary>
public static class LinearMap
{
    /// <summary>x Wᵀ. Differentiable.</summary>
    /// <param name="input">x, (..., in_features).</param>
    /// <param name="weight">W, (out_features, in_features), of the same type.</param>
    /// <param name="path">Which code does it.</param>
    /// <returns>(..., out_features) of the same type.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit each other.</exception>
    public static Tensor Compute(Tensor input, Tensor weight, ComputePath path = ComputePath.Fast) =>
        Compute(input, weight, LayerOperations.Of(path));

    internal static Tensor Compute(Tensor input, Tensor weight, LayerOperations operations)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.dim() != 2)
            throw new ArgumentException($"The weight has shape {Shapes.Text(weight)}; expected (out_features, in_features).");
        Shapes.CheckLast(input, weight.size(1), "A linear map", "in_features");
        return operations.LinearMap(input, weight);
    }
}
