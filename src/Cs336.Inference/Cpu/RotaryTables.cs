namespace Cs336.Inference;

/// <summary>
/// Cosines and sines of the rotary embedding (Su et al., 2021) as <see cref="Kernels.Rotate"/> wants them: position p turns the
/// pair (2i, 2i + 1) by p · Θ^(-2i/d), or as the configuration's scaling says. Computed only as far as the longest sequence so
/// far: context_length is a number in a file and may be huge.
/// </summary>
internal sealed unsafe class RotaryTables(TransformerConfig config)
{
    private readonly int _headSize = config.HeadSize;
    private readonly double[] _frequencies = RotaryFrequencies.Of(config);
    private readonly double _factor = RotaryFrequencies.Factor(config);
    private AlignedBuffer _cosines = new(0), _sines = new(0);
    private int _positions;

    /// <summary>Makes the tables hold at least this many positions.</summary>
    public void Reserve(int positions)
    {
        long bytes = (long)positions * _headSize * sizeof(float);
        AlignedBuffer cosines = new(bytes, zeroed: false), sines = new(bytes, zeroed: false);
        long known = (long)_positions * _headSize * sizeof(float);
        Buffer.MemoryCopy(_cosines.Pointer, cosines.Pointer, known, known);
        Buffer.MemoryCopy(_sines.Pointer, sines.Pointer, known, known);
        (_cosines, _sines) = (cosines, sines);
        for (; _positions < positions; _positions++) Compute(_positions);
    }

    public float* Cosines(int position) => _cosines.Floats + ((long)position * _headSize);

    public float* Sines(int position) => _sines.Floats + ((long)position * _headSize);

    private void Compute(int position)
    {
        float* cosines = Cosines(position), sines = Sines(position);
        for (int pair = 0; pair < _frequencies.Length; pair++)
        {
            // In double precision, because a float32 angle at position 10,000 is off by more than 1e-3.
            (double sine, double cosine) = Math.SinCos(position * _frequencies[pair]);
            (sine, cosine) = (_factor * sine, _factor * cosine);
            cosines[2 * pair] = cosines[(2 * pair) + 1] = (float)cosine;
            sines[2 * pair] = (float)-sine;
            sines[(2 * pair) + 1] = (float)sine;
        }
    }
}
