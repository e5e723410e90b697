using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>SiLU(z) = z · σ(z) (Elfwing et al., 2017), also called swish: the activation of the feed-forward networks.</summary>
public static class Silu
{
    /// <summary>SiLU of each element. Differentiable.</summary>
    /// <param name="z">Any shape, a floating-point type.</param>
    /// <param name="path">Which code does it.</param>
    /// <returns>The same shape and type.</returns>
    /// <exception cref="ArgumentException">The type is another.</exception>
    public static Tensor Compute(Tensor z, ComputePath path = ComputePath.Fast)
    {
        ArgumentNullException.ThrowIfNull(z);
        return z.is_floating_point()
            ? LayerOperations.Of(path).Silu(z)
            : throw new ArgumentException($"SiLU was given {z.dtype}; expected a floating-point type.");
    }
}
