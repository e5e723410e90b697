using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// Rotary position embedding (Su et al., 2021): rotates each pair (x₂ᵢ, x₂ᵢ₊₁) of a head by the angle p · Θ^(-2i/d) at position p,
/// so that the product of a query and a key depends on their distance alone. The sines and cosines are computed once, for as many
/// positions as sequences have come to, and shared by all layers. Nothing here is learned. A model's <see cref="RopeScaling"/> gives other
/// angles, and may lengthen what is rotated.
/// </summary>
public sealed class RotaryEmbedding : nn.Module
{
    private const long FirstPositions = 1024;

    private readonly double[] _frequencies; // by how much each pair is turned from one position to the next
    private readonly double _factor = 1; // what is rotated becomes so much longer
    private readonly long _headSize, _contextLength;
    private readonly LayerOperations _operations;
    private readonly Lock _growth = new();
    private Tensor? _rotations; // complex, (positions so far, head_size / 2)

    /// <summary>Makes an embedding; its tables grow with the sequences.</summary>
    /// <param name="theta">The base Θ.</param>
    /// <param name="headSize">d, the size of one head; even.</param>
    /// <param name="contextLength">Number of positions.</param>
    /// <param name="device">Where the tables go; null for the CPU.</param>
    /// <param name="path">Which code rotates the vectors.</param>
    /// <exception cref="ArgumentException">
    /// The head size is odd, or a size is below 1, or Θ no finite number above 0.
    /// </exception>
    public RotaryEmbedding(
        double theta, long headSize, long contextLength, Device? device = null, ComputePath path = ComputePath.Fast)
        : base(nameof(RotaryEmbedding))
    {
        if (!double.IsFinite(theta) || theta <= 0)
            throw new ArgumentOutOfRangeException(nameof(theta), theta, "Rotary embeddings need a finite base above 0: 10000 is usual.");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(headSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(contextLength);
        if (headSize % 2 != 0)
            throw new ArgumentException($"The head size is {headSize}, but rotary embeddings turn pairs: it must be even.");
        (_headSize, _contextLength) = (headSize, contextLength);
        _frequencies = new double[headSize / 2];
        for (int pair = 0; pair < _frequencies.Length; pair++) _frequencies[pair] = Math.Pow(theta, -2.0 * pair / headSize);
        _operations = LayerOperations.Of(path);
        device ??= CPU;
        (_deviceType, _deviceIndex) = (device.type, device.index);
    }

    /// <summary>Makes the embedding of a model, scaled where the model's is.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="device">Where the tables go; null for the CPU.</param>
    /// <param name="path">Which code rotates the vectors.</param>
    /// <exception cref="ArgumentException">The configuration is not sound.</exception>
    public RotaryEmbedding(TransformerConfig config, Device? device = null, ComputePath path = ComputePath.Fast)
        : this(Checked(config).RopeTheta, config.HeadSize, config.ContextLength, device, path) =>
        (_frequencies, _factor) = (RotaryFrequencies.Of(config), RotaryFrequencies.Factor(config));

    /// <summary>d, the size of the heads that it rotates.</summary>
    internal long HeadSize => _headSize;

    /// <summary>Rotates queries or keys by the angles of their positions, in float32 whatever their type.</summary>
    /// <param name="x">(..., T, head_size), any leading dimensions, such as (B, heads).</param>
    /// <param name="start">Position of the first of the T vectors.</param>
    /// <returns>(..., T, head_size) of the input's type.</returns>
    /// <exception cref="ArgumentException">The last dimension is another, or the positions are not all within the context.</exception>
    public Tensor Rotate(Tensor x, long start)
    {
        Shapes.CheckLast(x, _headSize, nameof(RotaryEmbedding), "head_size", rows: "T");
        long count = x.size(-2);
        if (start < 0 || count > _contextLength - start)
            throw new ArgumentException(
                $"RotaryEmbedding was given {count} positions from {start} on; expected positions 0 to {_contextLength - 1}, "
                + $"which context_length {_contextLength} allows.");
        return RotateBy(RotationsTo(start + count, rotations => rotations.narrow(0, start, count)), x);
    }

    /// <summary>Rotates queries or keys, each by the angles of a position that is given, in float32 whatever their type.</summary>
    /// <param name="x">(..., T, head_size), any leading dimensions, such as (B, heads).</param>
    /// <param name="positions">
    /// Int64, (..., T), of which leading dimensions may be left out or be 1: (T) gives all sequences the same positions.
    /// </param>
    /// <returns>(..., T, head_size) of the input's type.</returns>
    /// <exception cref="ArgumentException">
    /// The last dimension is another, the positions do not fit it, or they are not all within the context.
    /// </exception>
    public Tensor Rotate(Tensor x, Tensor positions)
    {
        Shapes.CheckLast(x, _headSize, nameof(RotaryEmbedding), "head_size", rows: "T");
        CheckPositions(positions, x.shape.AsSpan()[..^1]);
        if (x.numel() == 0) return x.clone();
        Tensor flat = positions.flatten().to(x.device);
        long first = flat.min().item<long>(), last = flat.max().item<long>();
        if (first < 0 || last >= _contextLength)
            throw new ArgumentException(
                $"RotaryEmbedding was given positions from {first} to {last}; expected positions 0 to {_contextLength - 1}, "
                + $"which context_length {_contextLength} allows.");
        long[] shape = [.. positions.shape, _headSize / 2];
        return RotateBy(RotationsTo(last + 1, rotations => rotations.index_select(0, flat).view(shape)), x);
    }

    /// <summary>Checks positions that are given for vectors.</summary>
    /// <param name="positions">Int64, (..., T).</param>
    /// <param name="vectors">The vectors' shape without its last dimension, (..., T).</param>
    /// <exception cref="ArgumentException">They are of another type, or do not stretch to that shape.</exception>
    internal static void CheckPositions(Tensor positions, ReadOnlySpan<long> vectors)
    {
        ArgumentNullException.ThrowIfNull(positions);
        if (positions.dtype != int64)
            throw new ArgumentException($"The positions are {positions.dtype}; expected Int64: convert them with to_type(int64).");
        if (positions.dim() == 0 || positions.size(-1) != vectors[^1] || !Shapes.Stretches(positions.shape, vectors))
            throw new ArgumentException(
                $"The positions have shape {Shapes.Text(positions)}; expected ({string.Join(", ", vectors.ToArray())}), "
                + "or dimensions of 1 in place of the first ones, or fewer.");
    }

    /// <summary>Rotates queries or keys, each by the angles of a position of its own.</summary>
    /// <param name="x">(B, heads, T, head_size).</param>
    /// <param name="positions">Int64, (T).</param>
    /// <param name="end">The largest position, plus one.</param>
    /// <returns>(B, heads, T, head_size) of the input's type.</returns>
    internal Tensor RotateTo(Tensor x, Tensor positions, long end) =>
        RotateBy(RotationsTo(end, rotations => rotations.index_select(0, positions)), x);

    /// <summary>Rotates each pair of a head by its angle: <paramref name="rotations"/>, cos + i sin, (T, head_size / 2).</summary>
    private Tensor RotateBy(Tensor rotations, Tensor x)
    {
        Tensor pairs = x.to_type(float32).unflatten(x.dim() - 1, [_headSize / 2, 2]); // (..., T, head_size / 2, 2)
        return _operations.Rotate(pairs, rotations).flatten(-2).to_type(x.dtype); // (..., T, head_size)
    }

    /// <summary>
    /// What a view of the tables gives, once they reach to <paramref name="end"/>; the view outlives tables that are replaced.
    /// </summary>
    private Tensor RotationsTo(long end, Func<Tensor, Tensor> view)
    {
        lock (_growth)
        {
            if (_rotations is null || _rotations.size(0) < end)
            {
                long positions = Math.Min(_contextLength, Math.Max(end, _rotations is null ? FirstPositions : 2 * _rotations.size(0)));
                _rotations?.Dispose();
                _rotations = null;
                using DisposeScope scope = NewDisposeScope();
                using IDisposable normal = inference_mode(false); // or a later training pass could not use tables that inference made
                Device device = new(_deviceType, _deviceIndex);
                _rotations = complex(Table(Math.Cos, positions), Table(Math.Sin, positions)).to(device).DetachFromDisposeScope();
            }
            return view(_rotations);
        }
    }

    /// <summary>(positions, head_size / 2): a function of each position's angles.</summary>
    private Tensor Table(Func<double, double> function, long positions)
    {
        long pairs = _headSize / 2;
        float[] values = new float[positions * pairs];
        for (long position = 0; position < positions; position++)
        {
            // In double precision, because a float32 angle at position 10,000 is off by more than 1e-3.
            for (long pair = 0; pair < pairs; pair++)
                values[(position * pairs) + pair] = (float)(_factor * function(position * _frequencies[pair]));
        }
        return tensor(values, [positions, pairs]);
    }

    private static TransformerConfig Checked(TransformerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        return config;
    }

    /// <summary>Registers nothing: the tables are no part of a model's state, and this module moves and disposes them itself.</summary>
    protected override void RegisterComponents()
    {
    }

    /// <summary>Goes to another device: the tables are made anew there.</summary>
    protected override void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
    {
        lock (_growth)
        {
            base._toEpilog(dtype, device, non_blocking);
            if (device is null) return;
            _rotations?.Dispose();
            _rotations = null;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _rotations?.Dispose();
        base.Dispose(disposing);
    }
}
