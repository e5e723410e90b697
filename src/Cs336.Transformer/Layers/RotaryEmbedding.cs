using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// Rotary position embedding (Su et al., 2021): turns each pair (x₂ᵢ, x₂ᵢ₊₁) of a head by the angle p · Θ^(-2i/d) at position p,
/// so that the product of a query and a key depends on their distance alone. The sines and cosines are computed once for a
/// whole context and shared by all layers. Nothing here is learned.
/// </summary>
public sealed class RotaryEmbedding : nn.Module
{
    private readonly Tensor _turns;
    private readonly ComputePath _path;

    /// <summary>Computes the tables.</summary>
    /// <param name="theta">The base Θ.</param>
    /// <param name="headSize">d, the size of one head; even.</param>
    /// <param name="contextLength">Number of positions.</param>
    /// <param name="device">Where the tables go.</param>
    /// <param name="path">Which code turns the vectors.</param>
    public RotaryEmbedding(double theta, long headSize, long contextLength, Device device, ComputePath path = ComputePath.Fast) : base(nameof(RotaryEmbedding))
    {
        _path = path;
        using DisposeScope scope = NewDisposeScope();
        Tensor cos = Table(Math.Cos, theta, headSize, contextLength), sin = Table(Math.Sin, theta, headSize, contextLength);
        _turns = complex(cos, sin).to(device).DetachFromDisposeScope();
    }

    /// <summary>Turns queries or keys to their positions, in float32 whatever their type.</summary>
    /// <param name="x">(B, heads, T, head_size).</param>
    /// <param name="start">Position of the first of the T vectors.</param>
    /// <returns>(B, heads, T, head_size) of the input's type.</returns>
    public Tensor Rotate(Tensor x, long start) => Turn(x, _turns.narrow(0, start, x.size(2)));

    /// <summary>Turns queries or keys each to a position of its own.</summary>
    /// <param name="x">(B, heads, T, head_size).</param>
    /// <param name="positions">Int64, (T).</param>
    /// <returns>(B, heads, T, head_size) of the input's type.</returns>
    internal Tensor RotateTo(Tensor x, Tensor positions) => Turn(x, _turns.index_select(0, positions));

    /// <summary>A pair, as a complex number, turns by the angle a where it is multiplied by cos a + i sin a: <paramref name="turns"/>, (T, head_size / 2).</summary>
    private Tensor Turn(Tensor x, Tensor turns)
    {
        Tensor pairs = x.to_type(float32).unflatten(3, [-1, 2]); // (B, heads, T, head_size / 2, 2)
        Tensor turned = _path == ComputePath.Fast ? (pairs.view_as_complex() * turns).view_as_real() : TurnExplicitly(pairs, turns.real, turns.imag);
        return turned.flatten(-2).to_type(x.dtype);
    }

    private static Tensor TurnExplicitly(Tensor pairs, Tensor cos, Tensor sin)
    {
        Tensor even = pairs.select(-1, 0), odd = pairs.select(-1, 1);
        return stack([even * cos - odd * sin, (even * sin).add(odd * cos, Scalars.One)], dim: -1);
    }

    /// <summary>(context_length, head_size / 2): a function of each position's angles.</summary>
    private static Tensor Table(Func<double, double> function, double theta, long headSize, long contextLength)
    {
        long pairs = headSize / 2;
        float[] values = new float[contextLength * pairs];
        for (long position = 0; position < contextLength; position++)
        {
            // In double precision, because a float32 angle at position 10,000 is off by more than 1e-3.
            for (long pair = 0; pair < pairs; pair++)
                values[(position * pairs) + pair] = (float)function(position * Math.Pow(theta, -2.0 * pair / headSize));
        }
        return tensor(values, [contextLength, pairs]);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _turns.Dispose();
        base.Dispose(disposing);
    }
}
