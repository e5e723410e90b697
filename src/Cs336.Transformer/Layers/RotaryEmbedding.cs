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
    private readonly Tensor _cos;
    private readonly Tensor _sin;

    /// <summary>Computes the tables.</summary>
    /// <param name="theta">The base Θ.</param>
    /// <param name="headSize">d, the size of one head; even.</param>
    /// <param name="contextLength">Number of positions.</param>
    /// <param name="device">Where the tables go.</param>
    public RotaryEmbedding(double theta, long headSize, long contextLength, Device device) : base(nameof(RotaryEmbedding))
    {
        using DisposeScope scope = NewDisposeScope();
        _cos = Table(Math.Cos, theta, headSize, contextLength).to(device).DetachFromDisposeScope();
        _sin = Table(Math.Sin, theta, headSize, contextLength).to(device).DetachFromDisposeScope();
    }

    /// <summary>Turns queries or keys to their positions, in float32 whatever their type.</summary>
    /// <param name="x">(B, heads, T, head_size).</param>
    /// <param name="start">Position of the first of the T vectors.</param>
    /// <returns>(B, heads, T, head_size) of the input's type.</returns>
    public Tensor Rotate(Tensor x, long start)
    {
        long length = x.size(2);
        return Turn(x, _cos.narrow(0, start, length), _sin.narrow(0, start, length));
    }

    /// <summary>Turns queries or keys each to a position of its own.</summary>
    /// <param name="x">(B, heads, T, head_size).</param>
    /// <param name="positions">Int64, (T).</param>
    /// <returns>(B, heads, T, head_size) of the input's type.</returns>
    internal Tensor RotateTo(Tensor x, Tensor positions) => Turn(x, _cos.index_select(0, positions), _sin.index_select(0, positions));

    /// <summary>Sines and cosines are (T, head_size / 2).</summary>
    private static Tensor Turn(Tensor x, Tensor cos, Tensor sin)
    {
        Tensor pairs = x.unflatten(3, [-1, 2]); // (B, heads, T, head_size / 2, 2)
        Tensor even = pairs.select(-1, 0), odd = pairs.select(-1, 1);
        return stack([even * cos - odd * sin, even * sin + odd * cos], dim: -1).flatten(-2).to_type(x.dtype);
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
        if (disposing)
        {
            _cos.Dispose();
            _sin.Dispose();
        }
        base.Dispose(disposing);
    }
}
