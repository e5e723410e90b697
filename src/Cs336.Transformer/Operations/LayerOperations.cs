using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// What layers ask of the machine: the four operations that take nearly all of a model's time. <see cref="ExplicitOperations"/> writes each
/// one as its equation; <see cref="FastOperations"/> gives the same numbers, up to rounding, in less time and memory. All are
/// differentiable. The fifth, cross-entropy, belongs to training and is chosen there.
/// </summary>
internal abstract class LayerOperations
{
    /// <summary>The operations of a path.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such path.</exception>
    public static LayerOperations Of(ComputePath path) => path switch
    {
        ComputePath.Explicit => ExplicitOperations.Instance,
        ComputePath.Fast => FastOperations.Instance,
        _ => throw new ArgumentOutOfRangeException(nameof(path), path, "There is no such path."),
    };

    /// <summary>A linear map: y = x Wᵀ.</summary>
    /// <param name="x">(..., in_features).</param>
    /// <param name="weight">W, (out_features, in_features), of the same type.</param>
    /// <returns>(..., out_features) of that type.</returns>
    public abstract Tensor LinearMap(Tensor x, Tensor weight);

    /// <summary>SiLU(z) = z · σ(z) of each element (Elfwing et al., 2017), also called swish; the shape stays.</summary>
    public abstract Tensor Silu(Tensor z);

    /// <summary>Rotates each pair (a, b) by an angle φ: (a cos φ - b sin φ, a sin φ + b cos φ).</summary>
    /// <param name="pairs">float32, (..., T, n, 2).</param>
    /// <param name="rotations">cos φ + i sin φ, complex, (T, n).</param>
    /// <returns>(..., T, n, 2).</returns>
    public abstract Tensor Rotate(Tensor pairs, Tensor rotations);

    /// <summary>Causal attention: softmax(Q Kᵀ / √d + mask) V, where the T queries are the last T of S positions.</summary>
    /// <param name="queries">Q, (B, heads, T, d).</param>
    /// <param name="keys">K, (B, heads, S, d).</param>
    /// <param name="values">V, (B, heads, S, d).</param>
    /// <param name="window">How many positions a query sees at most, its own the last of them; null for all up to its own.</param>
    /// <returns>(B, heads, T, d).</returns>
    public abstract Tensor Attend(Tensor queries, Tensor keys, Tensor values, long? window);
}
